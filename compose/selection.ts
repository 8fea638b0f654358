import { LoadFault } from "./load-fault";
import type { Service } from "./model/service";

/** The services of a project by whether they are on. */
export interface Split {
  /** Those that are on, by their keys. */
  readonly active: Readonly<Record<string, Service>>;
  /** Those whose profiles are off, or that nobody named. */
  readonly inactive: Readonly<Record<string, Service>>;
}

/**
 * Splits services by their profiles, as compose does: one without profiles is on, and one that is named turns its own
 * profiles on (compose-go, `WithServicesEnabled`).
 */
export function splitByProfile(
  services: Readonly<Record<string, Service>>,
  profiles: readonly string[],
  named: readonly string[] = [],
): Split {
  const on = new Set([...profiles, ...named.flatMap((key) => services[key]?.profiles ?? [])]);
  const isOn = ({ profiles: own }: Service): boolean =>
    own === undefined || on.has("*") || own.some((profile) => on.has(profile));
  const entries = Object.entries(services);
  return {
    active: Object.fromEntries(entries.filter(([, service]) => isOn(service))),
    inactive: Object.fromEntries(entries.filter(([, service]) => !isOn(service))),
  };
}

/**
 * Leaves the named services, and those that they depend on, in the order of the files (compose-go, `WithSelectedServices`).
 * @throws {@link LoadFault} for a name that is of no service
 */
export function select({ active, inactive }: Split, named: readonly string[]): Split {
  const chosen = new Set<string>();
  const choose = (key: string): void => {
    if (chosen.has(key) || active[key] === undefined) return;
    chosen.add(key);
    for (const name of Object.keys(active[key].depends_on ?? {})) choose(name);
  };
  for (const key of named) {
    if (active[key] === undefined) {
      const services = [...Object.keys(active), ...Object.keys(inactive)].sort().join(", ");
      throw new LoadFault(["services"], "has no such service", key, `The services are: ${services}.`);
    }
    choose(key);
  }
  const entries = Object.entries(active);
  return {
    active: Object.fromEntries(entries.filter(([key]) => chosen.has(key))),
    inactive: { ...inactive, ...Object.fromEntries(entries.filter(([key]) => !chosen.has(key))) },
  };
}
