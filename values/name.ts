/** Names that the Engine accepts for containers, networks and volumes (Engine API, `RestrictedNamePattern`). */
const pattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** True when the Engine accepts the name. */
export function isDaemonName(name: string): boolean {
  return pattern.test(name);
}

/** The default name of an object on the daemon: `<project>-<stack>-<name>`, with what the Engine refuses as `-`. */
export function daemonName(project: string, stack: string, name: string): string {
  return [project, stack, name].map((part) => part.replace(/[^a-zA-Z0-9_.-]+/g, "-")).join("-");
}

/** The default repository of a built image: the daemon name in the form references take (lower case, single separators). */
export function repositoryName(project: string, stack: string, name: string): string {
  return daemonName(project, stack, name)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}
