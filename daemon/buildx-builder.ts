import { execFile } from "node:child_process";
import { messageOf, SlipwayError } from "../values/fault";
import { type CliSetting, cliEnvironment } from "./docker-cli";

/** A builder of `docker buildx`, or a node of one, as `docker buildx create` makes it. */
export interface BuilderSpec {
  readonly name: string;
  /** `docker-container`, `kubernetes` or `remote`. @default buildx's own, "docker-container" */
  readonly driver?: string | undefined;
  /** Options of the driver, by their names in buildx. */
  readonly driverOptions: Readonly<Record<string, string>>;
  /** Path of buildkitd's configuration. @default none */
  readonly config?: string | undefined;
  /** Words of buildkitd's command line. @default none */
  readonly flags?: string | undefined;
  /** The node's name. @default one that buildx makes up */
  readonly node?: string | undefined;
  /** What the node builds for, whatever it says of itself. */
  readonly platforms: readonly string[];
  /** Adds a node to a builder that is there. */
  readonly append: boolean;
  /** Starts it at once. */
  readonly bootstrap: boolean;
  /** Makes it the one that is used where none is named. */
  readonly use: boolean;
  /** A context of docker, or an address. @default the daemon's */
  readonly endpoint?: string | undefined;
}

/** Makes a builder, or adds a node to one. */
export async function createBuilder(setting: CliSetting, spec: BuilderSpec, signal: AbortSignal): Promise<void> {
  const option = (name: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`--${name}`, value];
  const words = [
    ...option("name", spec.name),
    ...option("driver", spec.driver),
    ...Object.entries(spec.driverOptions).flatMap(([name, value]) => option("driver-opt", field(`${name}=${value}`))),
    ...option("buildkitd-config", spec.config),
    ...option("buildkitd-flags", spec.flags),
    ...option("node", spec.node),
    ...spec.platforms.flatMap((platform) => option("platform", platform)),
    ...(spec.append ? ["--append"] : []),
    ...(spec.bootstrap ? ["--bootstrap"] : []),
    ...(spec.use ? ["--use"] : []),
    ...(spec.endpoint === undefined ? [] : [spec.endpoint]),
  ];
  await buildx(setting, ["create", ...words], spec.name, signal);
}

/** Removes a builder, with its cache where it is a container of the daemon's. What is gone already is a success. */
export async function removeBuilder(setting: CliSetting, name: string, signal: AbortSignal): Promise<void> {
  if ((await inspectBuilder(setting, name, signal)) !== undefined) await buildx(setting, ["rm", name], name, signal);
}

/** Takes a node out of a builder that others share. */
export async function removeNode(setting: CliSetting, name: string, node: string, signal: AbortSignal): Promise<void> {
  const known = await inspectBuilder(setting, name, signal);
  if (known?.nodes.some((one) => one.name === node) !== true) return;
  await buildx(setting, ["create", "--name", name, "--node", node, "--leave"], name, signal);
}

/** A builder that buildx knows. */
export interface KnownBuilder {
  readonly driver: string;
  readonly nodes: readonly { readonly name: string; readonly endpoint: string }[];
}

/** What buildx knows of a builder; undefined where there is none of that name. */
export async function inspectBuilder(
  setting: CliSetting,
  name: string,
  signal: AbortSignal,
): Promise<KnownBuilder | undefined> {
  try {
    const output = await buildx(setting, ["inspect", name], name, signal);
    const [head = "", nodes = ""] = output.split(/^Nodes:$/m);
    const endpoints = [...nodes.matchAll(/^Endpoint:\s*(\S+)/gm)].map(([, endpoint = ""]) => endpoint);
    return {
      driver: /^Driver:\s*(\S+)/m.exec(head)?.[1] ?? "",
      nodes: [...nodes.matchAll(/^Name:\s*(\S+)/gm)].map(([, node = ""], index) => ({
        name: node,
        endpoint: endpoints[index] ?? "",
      })),
    };
  } catch (error) {
    if (/no builder .* found/.test(messageOf(error))) return undefined;
    throw error;
  }
}

/** A field of a comma-separated list, which is how buildx reads an option of a driver. */
function field(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Runs `docker buildx`; it is stopped with the signal. @returns what it printed */
async function buildx(
  setting: CliSetting,
  words: readonly string[],
  name: string,
  signal: AbortSignal,
): Promise<string> {
  const { env, remove } = await cliEnvironment(setting);
  try {
    return await new Promise((resolve, reject) => {
      execFile("docker", ["buildx", ...words], { env, signal, killSignal: "SIGINT" }, (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const said = (stderr || error.message).trim().replaceAll(/^ERROR:\s*/gm, "");
        const problem = signal.aborted ? "was stopped" : `was refused by \`docker buildx ${words[0]}\`: ${said}`;
        reject(new SlipwayError({ subject: `Builder "${name}"`, problem }, { cause: error }));
      });
    });
  } finally {
    await remove();
  }
}
