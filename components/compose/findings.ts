import type { Project } from "../../compose/model/project";
import type { Service } from "../../compose/model/service";
import type { LoadedProject } from "../../compose/options";
import type { Fault } from "../../values/fault";
import type { Fate } from "./fates/fate";
import { projectFates } from "./fates/top";
import { containerName, type Naming, scaleOf } from "./naming";

/** What of a project can't be done: refused, or left out and said so. */
export interface Findings {
  readonly refused: readonly Fault[];
  readonly warned: readonly Fault[];
}

/** Walks a project along the table of fates; nothing in it is passed over in silence. */
export function findingsIn(subject: string, loaded: LoadedProject, naming: Naming): Findings {
  const refused: Fault[] = [];
  const warned: Fault[] = [];
  const place = (path: string): Pick<Fault, "subject" | "path" | "line"> => {
    const line = loaded.positionOf(path);
    return { subject, path, ...(line === undefined ? {} : { line }) };
  };
  walk(loaded.project, "", projectFates, (path, fate) => {
    if (fate.is === "warned") {
      const { problem, advice } = fate;
      warned.push({ ...place(path), problem, ...(advice === undefined ? {} : { advice }) });
    } else if (fate.is === "refused") {
      refused.push({ ...place(path), problem: fate.problem, advice: fate.advice });
    }
  });
  const refuse: Refuse = (path, problem, advice) => refused.push({ ...place(path), problem, advice });
  const warn: Warn = (path, problem) => warned.push({ ...place(path), problem });
  for (const [key, service] of Object.entries(loaded.project.services)) {
    serviceFindings(`services.${key}`, key, service, loaded.project, refuse, warn);
  }
  nameFindings(loaded.project, naming, refuse);
  return { refused, warned };
}

type Refuse = (path: string, problem: string, advice: string) => void;
type Warn = (path: string, problem: string) => void;

/** Every attribute that says something, with its fate; one that the table does not know is refused. */
function walk(
  value: unknown,
  path: string,
  table: Readonly<Record<string, Fate>>,
  visit: (path: string, fate: Fate) => void,
): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, item] of Object.entries(value)) {
    if (name.startsWith("x-") || isNothing(item)) continue;
    const fate = Object.hasOwn(table, name) ? table[name] : undefined;
    const at = path === "" ? name : `${path}.${name}`;
    if (fate === undefined) {
      visit(at, { is: "refused", problem: "is not known to Slipway", advice: "Leave it out." });
    } else if (fate.is !== "parts") {
      visit(at, fate.is === "mapped" && isInexact(item) ? inexact : fate);
    } else if (fate.each === "object") {
      walk(item, at, fate.of, visit);
    } else if (typeof item === "object" && item !== null) {
      for (const [key, part] of Object.entries(item)) {
        walk(part, fate.each === "list" ? `${at}[${key}]` : `${at}.${key}`, fate.of, visit);
      }
    }
  }
}

/** Programs have numbers of 53 bits: this one would become another. */
const inexact: Fate = { is: "refused", problem: "is too large to be exact", advice: "Use a number below 2^53." };

function isInexact(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return typeof value === "bigint";
  return Object.values(value).some(isInexact);
}

/** False and empty values ask for nothing. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** What hangs on a value, or on two attributes together. */
function serviceFindings(
  path: string,
  key: string,
  service: Service,
  project: Project,
  refuse: Refuse,
  warn: Warn,
): void {
  if (scaleOf(service) > 1 && service.container_name !== undefined) {
    const advice = "Leave the name out, or use one container.";
    refuse(`${path}.container_name`, `is one name for ${scaleOf(service)} containers`, advice);
  }
  if (service.entrypoint?.length === 0 && !service.command?.length) {
    refuse(`${path}.entrypoint`, "takes the image's away, and there is no command", "Give it a `command`.");
  }
  if (service.healthcheck?.start_interval !== undefined && service.healthcheck.start_period === undefined) {
    refuse(`${path}.healthcheck.start_interval`, "needs a start period", "Set `start_period` too.");
  }
  for (const [name, value] of Object.entries(service.environment ?? {})) {
    if (value === null) warn(`${path}.environment.${name}`, "is set nowhere: the image's value stays, if it has one");
  }
  for (const [name, { condition, required }] of Object.entries(service.depends_on ?? {})) {
    if (!required && condition !== "service_started" && condition !== undefined) {
      warn(`${path}.depends_on.${name}`, "is not required, so it is started first and not waited for");
    }
  }
  for (const kind of ["configs", "secrets"] as const) {
    for (const [index, use] of (service[kind] ?? []).entries()) {
      const at = `${path}.${kind}[${index}]`;
      const object = project[kind]?.[use.source ?? ""];
      const isOwned = use.uid !== undefined || use.gid !== undefined || use.mode !== undefined;
      if (object?.file !== undefined && isOwned)
        warn(at, "is a file of the host, whose owner and mode stay (as with compose)");
      if (service.read_only === true && object !== undefined && object.file === undefined) {
        refuse(at, `can't be copied into service ${key}, whose file system is read-only`, "Use `file`.");
      }
    }
  }
}

/** One name for two containers (compose's CheckContainerNameUnicity). */
function nameFindings(project: Project, naming: Naming, refuse: Refuse): void {
  const taken = new Map<string, string>();
  for (const [key, service] of Object.entries(project.services)) {
    if (service.container_name === undefined) continue;
    const name = containerName(naming, key, service, 1);
    const other = taken.get(name);
    taken.set(name, key);
    if (other !== undefined) {
      refuse(`services.${key}.container_name`, `"${name}" is that of service ${other} too`, "Give one another name.");
    }
  }
}
