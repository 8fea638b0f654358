import { existsSync } from "node:fs";
import { relative } from "node:path";
import { scaleOf } from "../../components/compose/naming";
import { loadProject } from "../../compose/project";
import type { Engine } from "../../daemon/client";
import { listContainers } from "../../daemon/container";
import { composeLabel } from "../../resources/compose";
import { isOwned } from "../../resources/ownership";
import { Identifiers } from "../identifier";
import { Printer } from "../typescript";

/** A compose project that runs, and the files it was made from. */
interface Running {
  readonly project: string;
  readonly files: readonly string[];
  readonly envFiles: readonly string[];
  /** How many containers each service has. */
  readonly services: ReadonlyMap<string, number>;
}

/**
 * Writes the program that takes a compose project over with its files.
 * @param folder where Pulumi runs it: paths are written from there
 * @returns undefined where its files are not on this machine, or something of it is Slipway's already
 */
export async function writeRunningProject(
  engine: Engine,
  project: string,
  folder: string,
): Promise<string | undefined> {
  const running = await findRunning(engine, project);
  if (running === undefined) return undefined;
  const paths = (list: readonly string[]): string[] => list.map((path) => relative(folder, path) || ".");
  const { files, envFiles } = running;
  const loaded = loadProject({ files, projectName: project, ...(envFiles.length === 0 ? {} : { envFiles }) });
  const names = [...running.services.keys()];
  const profiles = names.flatMap((name) => loaded.inactive[name]?.profiles?.[0] ?? []);
  const scale = [...running.services].filter(([name, count]) => {
    const service = loaded.project.services[name] ?? loaded.inactive[name];
    return service !== undefined && scaleOf(service) !== count;
  });
  const args = {
    files: paths(files),
    projectName: project,
    ...(envFiles.length === 0 ? {} : { envFiles: paths(envFiles) }),
    ...(profiles.length === 0 ? {} : { profiles: [...new Set(profiles)] }),
    ...(scale.length === 0 ? {} : { scale: Object.fromEntries(scale) }),
    adopt: true,
  };
  const identifier = new Identifiers().make(project);
  return [
    'import { ComposeProject } from "slipway";',
    "",
    "// What docker compose runs is taken over as it is by the first `pulumi up`; `adopt` may go after that.",
    `export const ${identifier} = new ComposeProject(${JSON.stringify(project)}, ${new Printer().writeLines(args)});`,
    "",
  ].join("\n");
}

async function findRunning(engine: Engine, project: string): Promise<Running | undefined> {
  const label = [`${composeLabel.project}=${project}`, `${composeLabel.oneOff}=False`];
  const containers = await listContainers(engine, { label });
  const list = (name: string): string[] => {
    const texts = new Set(containers.map(({ Labels }) => Labels?.[name] ?? ""));
    return texts.size === 1 ? [...texts].flatMap((text) => text.split(",")).filter((path) => path !== "") : [];
  };
  const files = list(composeLabel.files);
  if (files.length === 0 || !files.every((file) => existsSync(file))) return undefined;
  if (containers.some(({ Labels }) => isOwned(Labels))) return undefined;
  const services = new Map<string, number>();
  for (const { Labels } of containers) {
    const name = Labels?.[composeLabel.service];
    if (name !== undefined) services.set(name, (services.get(name) ?? 0) + 1);
  }
  return { project, files, envFiles: list(composeLabel.environmentFiles), services };
}
