import { statSync } from "node:fs";
import type { Engine } from "../../daemon/client";
import type { BuildContext } from "../../daemon/context";
import { parseDockerfile } from "../../daemon/dockerfile";
import { imagesOf, type UsedImage } from "../../daemon/dockerfile-images";
import { inspectImage, registryDigest } from "../../daemon/image";
import { registryAuthHeader } from "../../daemon/registry-login";
import { type Fault, messageOf } from "../../values/fault";
import { canonicalReference, fullReference, isImageId } from "../../values/image-reference";
import type { Context } from "../resource";
import { flagOf, listOf, mapOf, objectOf, type Properties, textOf } from "../value";
import { agentsOf, imageLogins, secretsOf } from "./build";

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
  const warnings: string[] = [];
  const build = objectOf(inputs["build"]);
  const used = imagesOf(parseDockerfile(source.dockerfileText), mapOf(build["args"]), textOf(build["target"]));
  const named = new Map(used.map((image) => [image.reference, image]));
  await Promise.all(
    [...named.values()].map(async (image) => {
      const seen = await availability(context, engine, inputs, image);
      const where = `${textOf(build["dockerfile"]) ?? "Dockerfile"} line ${image.line}`;
      if (seen === "absent") {
        const what = image.isFrontend ? "a frontend" : "an image";
        const problem = `names ${what} that neither the daemon nor its registry has`;
        const advice = "Check the name; a private registry says the same where the login is missing.";
        faults.push({ subject, path: where, value: image.written, problem, advice });
      } else if (seen !== "there") warnings.push(`${subject}: ${where}: ${seen}`);
    }),
  );
  return { faults, warnings };
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
    const path = `${textOf(build["dockerfile"]) ?? "Dockerfile"} line ${heredoc.line}`;
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

/** How long a registry may take to answer in a preview, in milliseconds; a build itself waits longer. */
const patience = 8000;

/** "there", "absent", or a sentence about why nobody knows. */
async function availability(context: Context, engine: Engine, inputs: Properties, image: UsedImage): Promise<string> {
  const { reference } = image;
  if (reference === undefined) return "there";
  const build = objectOf(inputs["build"]);
  const pulls = flagOf(build["pull"]) === true;
  if (!pulls && (await inspectImage(engine, reference, context.signal)) !== undefined) return "there";
  if (isImageId(reference)) return "absent";
  const canonical = canonicalReference(reference);
  const maker = context.deployment.held("image").find((held) => canonicalReference(held.name) === canonical);
  if (maker !== undefined && maker.urn !== context.urn) {
    const resource = maker.urn.split("::").at(-1) ?? "";
    return `"${image.written}" is made by resource "${resource}" of this program; \`dependsOn\` it, or the order is left to chance.`;
  }
  const host = fullReference(reference)?.registry ?? "";
  try {
    const found = await imageLogins(context, inputs).find(host);
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(patience)]);
    const digest = await registryDigest(engine, reference, registryAuthHeader(found, host), signal);
    return digest === undefined ? "absent" : "there";
  } catch (error) {
    context.signal.throwIfAborted();
    return `"${image.written}" is not on the daemon, and its registry could not be asked: ${messageOf(error)}`;
  }
}
