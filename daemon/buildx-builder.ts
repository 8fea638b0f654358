import { execFile } from "node:child_process";
import { SlipwayError } from "../values/fault";
import { type Builder, builderOf } from "./buildx";
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
  if ((await findBuilder(setting, name)) !== undefined) await buildx(setting, ["rm", name], name, signal);
}

/** Takes a node out of a builder that others share. */
export async function removeNode(setting: CliSetting, name: string, node: string, signal: AbortSignal): Promise<void> {
  const known = await findBuilder(setting, name);
  if (known?.nodes.some((one) => one.name === node) !== true) return;
  await buildx(setting, ["create", "--name", name, "--node", node, "--leave"], name, signal);
}

/** What buildx knows of a builder; undefined where there is none of that name. */
export async function findBuilder(setting: CliSetting, name: string): Promise<Builder | undefined> {
  const found = await builderOf(setting, name);
  if (typeof found !== "string") return found;
  if (/no builder .* found/.test(found)) return undefined;
  throw new SlipwayError({ subject: `Builder "${name}"`, problem: `can't be looked at: ${found}` });
}

/** A field of a comma-separated list, which is how buildx reads an option of a driver. */
function field(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Runs `docker buildx`; it is stopped with the signal. */
async function buildx(setting: CliSetting, words: readonly string[], name: string, signal: AbortSignal): Promise<void> {
  const { env, remove } = await cliEnvironment(setting);
  try {
    await new Promise<void>((resolve, reject) => {
      execFile("docker", ["buildx", ...words], { env, signal, killSignal: "SIGINT" }, (error, _stdout, stderr) => {
        if (error === null) return resolve();
        const said = (stderr || error.message).trim().replaceAll(/^ERROR:\s*/gm, "");
        const problem = signal.aborted ? "was stopped" : `was refused by \`docker buildx ${words[0]}\`: ${said}`;
        reject(new SlipwayError({ subject: `Builder "${name}"`, problem }, { cause: error }));
      });
    });
  } finally {
    await remove();
  }
}
