import type { Fault } from "./fault";

/** Names that the Engine accepts for containers, networks and volumes (Engine API, `RestrictedNamePattern`). */
const pattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** True when the Engine accepts the name. */
export function isDaemonName(name: string): boolean {
  return pattern.test(name);
}

/** What is wrong with the name of an object on the daemon; nothing when the Engine accepts it. */
export function nameFaults(subject: string, name: string, path = "name"): Fault[] {
  if (isDaemonName(name)) return [];
  const advice = "Use letters, digits, `_`, `.` and `-`, two or more, the first a letter or digit.";
  return [{ subject, path, value: name, problem: "is no name that the Engine accepts", advice }];
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
