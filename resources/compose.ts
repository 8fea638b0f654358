import { isOwned } from "./ownership";

/** The labels by which compose knows its own objects (docker/compose, pkg/api/labels.go). */
export const composeLabel = {
  project: "com.docker.compose.project",
  service: "com.docker.compose.service",
  number: "com.docker.compose.container-number",
  oneOff: "com.docker.compose.oneoff",
  hash: "com.docker.compose.config-hash",
  dependencies: "com.docker.compose.depends_on",
  image: "com.docker.compose.image",
  network: "com.docker.compose.network",
  volume: "com.docker.compose.volume",
  directory: "com.docker.compose.project.working_dir",
  files: "com.docker.compose.project.config_files",
  environmentFiles: "com.docker.compose.project.environment_file",
  version: "com.docker.compose.version",
  replaces: "com.docker.compose.replace",
} as const;

/**
 * Labels that are written and never compared, as compose never does: they differ by checkout (where the files lie), by the
 * compose that wrote them, by what a container replaced, or by how compose was called (`--no-deps` writes no dependencies).
 */
const uncompared: ReadonlySet<string> = new Set([
  composeLabel.dependencies,
  composeLabel.directory,
  composeLabel.files,
  composeLabel.environmentFiles,
  composeLabel.version,
  composeLabel.replaces,
]);

/** True for a label whose change asks for something. */
export function isCompared(label: string): boolean {
  return !uncompared.has(label);
}

type Labels = Readonly<Record<string, string>> | null | undefined;

/**
 * Which object of a compose project something is: project, service and number of a container, project and key of a network;
 * undefined where it is none. One-off containers (`compose run`) are nobody's.
 */
export function composeIdentity(labels: Labels): Readonly<Record<string, string>> | undefined {
  const of = (...names: readonly string[]) => {
    const found = names.flatMap((name) => (labels?.[name] === undefined ? [] : [[name, labels[name]] as const]));
    return found.length === names.length ? Object.fromEntries(found) : undefined;
  };
  if (labels?.[composeLabel.oneOff] === "True") return undefined;
  return (
    of(composeLabel.project, composeLabel.service, composeLabel.number) ??
    of(composeLabel.project, composeLabel.network) ??
    of(composeLabel.project, composeLabel.volume)
  );
}

/** True where both are the same object of the same compose project. */
export function isSameComposeObject(one: Labels, other: Labels): boolean {
  const [a, b] = [composeIdentity(one), composeIdentity(other)];
  if (a === undefined || b === undefined) return false;
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * True for what took the place of an object of a compose project: the same object, made by compose itself. What Slipway made
 * carries its own labels and is found by those.
 */
export function isComposeSuccessor(wanted: Labels, found: Labels): boolean {
  return isSameComposeObject(wanted, found) && !isOwned(found);
}
