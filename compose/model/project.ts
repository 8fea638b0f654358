import type { Model } from "./ai-model";
import type { Network } from "./network";
import type { Service } from "./service";
import type { FileObject, Volume } from "./volume";

/**
 * The canonical project, as `docker compose config --format json` prints it: short forms expanded, defaults filled in,
 * paths absolute, names given, variables replaced. Inactive services (profiles) are not in it.
 * A key that compose leaves out when empty is absent here too.
 */
export interface Project {
  /** The project's name: what containers, networks and volumes are called after. */
  readonly name: string;
  /** The active services by their names. */
  readonly services: Readonly<Record<string, Service>>;
  /** The networks that a service names, and `default` when a service names none. */
  readonly networks?: Readonly<Record<string, Network>>;
  /** The named volumes. */
  readonly volumes?: Readonly<Record<string, Volume>>;
  /** The secrets; never with their content. */
  readonly secrets?: Readonly<Record<string, FileObject>>;
  /** The configs. */
  readonly configs?: Readonly<Record<string, FileObject>>;
  /** The AI models. `config --format json` leaves them out ({@link canonicalJson} does too). */
  readonly models?: Readonly<Record<string, Model>>;
  /** Extensions of the top level, as written. */
  readonly [extension: `x-${string}`]: unknown;
}
