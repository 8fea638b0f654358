import { statSync } from "node:fs";
import type { Engine } from "../../daemon/client";
import type { BuildContext } from "../../daemon/context";
import { parseDockerfile } from "../../daemon/dockerfile";
import { imagesOf, type UsedImage } from "../../daemon/dockerfile-images";
import { imageAvailability, registryAvailability } from "../../daemon/image-availability";
import type { Fault } from "../../values/fault";
import { imageClaim } from "../image-source";
import type { Context } from "../resource";
import { listOf, mapOf, objectOf, type Properties, textOf } from "../value";
import { followsBases } from "./bases";
import { agentsOf, imageLogins, secretsOf } from "./build";
import { buildxFaults, needsBuildx } from "./buildx";
import { dockerfileName } from "./inputs";

/** What a build needs besides its context, as far as it can be known before it: what is missing for certain, and what is in doubt. */
export interface Sources {
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
}

/** Looks at everything that a build will ask for: secrets, agents, base images, what this daemon's builder can do. */
export async function sourcesOf(
  context: Context,
  name: string,
  inputs: Properties,
  source: BuildContext,
): Promise<Sources> {
  const engine = await context.engine();
  const subject = `Image "${name}"`;
  const faults: Fault[] = [...clientFaults(subject, inputs), ...engineFaults(subject, inputs, source, engine)];
  const build = objectOf(inputs["build"]);
  const warnings: string[] = openSecrets(subject, build);
  if (needsBuildx(build)) faults.push(...(await buildxFaults(context, engine, subject, inputs, source)));
  const used = imagesOf(parseDockerfile(source.dockerfileText), mapOf(build["args"]), textOf(build["target"]));
  const named = new Map(used.map((image) => [image.reference, image]));
  await Promise.all(
    [...named.values()].map(async (image) => {
      const seen = await availability(context, engine, inputs, image);
      const variable = image.written === image.reference ? "" : ` (${image.written})`;
      const where = `${dockerfileName(build)} line ${image.line}${variable}`;
      if (seen === "there") return;
      if ("doubt" in seen) warnings.push(`${subject}: ${where}: ${seen.doubt}`);
      else faults.push({ subject, path: where, value: image.reference, ...seen });
    }),
  );
  return { faults, warnings };
}

/** Names of variables that mostly hold a secret, as BuildKit's own check has them (SecretsUsedInArgOrEnv). */
const secretName = /(?:^|[_-])(?:apikey|auth|credentials?|key|password|passwd|pword|secret|token)(?:$|[_-])/i;
const publicName = /(?:^|[_-])public(?:$|[_-])/i;

/**
 * Build arguments whose names say that they are secrets: the engine takes the mark of a secret off before the provider sees the
 * value, so the name is all there is to go by. The component `Image` knows better and refuses.
 */
function openSecrets(subject: string, build: Properties): string[] {
  const names = Object.entries(objectOf(build["args"])).filter(([, value]) => value !== "" && value !== null);
  const told = names.map(([name]) => name).filter((name) => secretName.test(name) && !publicName.test(name));
  return told.map((name) => {
    const advice = `Give it as \`secrets: { ${name}: { value } }\` (slipway's Image or EngineImage), and use it with RUN --mount=type=secret,id=${name}.`;
    return `${subject}: build.args.${name} looks like a secret, and everybody who has the image can read it in its history. ${advice}`;
  });
}

/** What must be there on this side: files and variables of secrets, sockets of agents. */
function clientFaults(subject: string, inputs: Properties): Fault[] {
  const build = objectOf(inputs["build"]);
  const faults: Fault[] = [];
  for (const [id, source] of secretsOf(build)) {
    const path = `build.secrets.${id}`;
    if ("file" in source && statSync(source.file, { throwIfNoEntry: false })?.isFile() !== true) {
      faults.push({
        subject,
        path,
        value: source.file,
        problem: "is not a file",
        advice: "Name the file that holds the secret.",
      });
    }
    if ("environment" in source && process.env[source.environment] === undefined) {
      const advice = "Set it where you run `pulumi`.";
      faults.push({ subject, path, value: source.environment, problem: "is not set in the environment", advice });
    }
  }
  for (const [id, socket] of agentsOf(build)) {
    const path = "build.ssh";
    if (socket === "") {
      const advice = "Start an ssh agent (`eval $(ssh-agent)`, `ssh-add`), or write ID=SOCKET.";
      faults.push({ subject, path, value: id, problem: "means the agent of SSH_AUTH_SOCK, which is not set", advice });
    } else if (statSync(socket, { throwIfNoEntry: false })?.isSocket() !== true) {
      const advice = "Name the socket of a running agent; add keys to it with `ssh-add`.";
      faults.push({ subject, path, value: socket, problem: "is not the socket of an ssh agent", advice });
    }
  }
  return faults;
}

/** What this daemon's builder would pass over in silence, or read as something else. */
function engineFaults(subject: string, inputs: Properties, source: BuildContext, engine: Engine): Fault[] {
  const build = objectOf(inputs["build"]);
  // Another builder than the daemon's has its own rules.
  if (needsBuildx(build)) return [];
  const classic = build["builderVersion"] === "BuilderV1";
  const old = Number(engine.apiVersion.split(".")[1] ?? 0) < 42;
  const faults: Fault[] = [];
  if (old && !classic) {
    for (const name of ["shmSize", "ulimits"]) {
      const value = build[name];
      if (value === undefined || value === null || listOf(value).length === 0) continue;
      const problem = "is passed over by BuildKit of this daemon, which is older than Engine 23";
      faults.push({
        subject,
        path: `build.${name}`,
        problem,
        advice: "Use `builderVersion: BuilderV1`, or a newer daemon.",
      });
    }
  }
  const { syntax, instructions } = parseDockerfile(source.dockerfileText);
  const heredoc = instructions.find(({ heredocs }) => heredocs > 0);
  if (heredoc !== undefined && (classic || (old && syntax === undefined))) {
    const path = `${dockerfileName(build)} line ${heredoc.line}`;
    const whose = classic ? "the classic builder" : "this daemon, which is older than Engine 23";
    const advice = classic
      ? "Leave out `builderVersion: BuilderV1`."
      : "Put `# syntax=docker/dockerfile:1` on the first line (fetched from its registry), or write a file and COPY it.";
    faults.push({
      subject,
      path,
      value: heredoc.text,
      problem: `uses a here-document, which ${whose} does not know`,
      advice,
    });
  }
  return faults;
}

/** "there", a fault, or the end of a sentence about why nobody knows. */
async function availability(
  context: Context,
  engine: Engine,
  inputs: Properties,
  { reference }: UsedImage,
): Promise<"there" | Pick<Fault, "problem" | "advice"> | { readonly doubt: string }> {
  const contexts = objectOf(objectOf(inputs["build"])["contexts"]);
  if (reference === undefined || reference in contexts) return "there";
  const search = { logins: imageLogins(context, inputs), signal: context.signal };
  const look = followsBases(inputs) ? registryAvailability : imageAvailability;
  const found = await look(engine, reference, search);
  if (found.at === "daemon" || found.at === "registry") return "there";
  const maker = context.deployment.holder(imageClaim(reference));
  if (maker !== undefined && maker !== context.urn) {
    const resource = maker.split("::").at(-1) ?? "";
    return {
      doubt: `"${reference}" is made by resource "${resource}" of this program: use its output, or \`dependsOn\`, so that it is made first.`,
    };
  }
  if (found.at === "nowhere") return found.fault;
  return { doubt: `"${reference}" is not on the daemon, and ${found.reason}.` };
}
