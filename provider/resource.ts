import type { Engine } from "../daemon/client";
import type { Fault } from "../values/fault";
import type { Claim, Deployment } from "./deployment";
import type { Rule } from "./diff";
import type { Properties } from "./value";

/** What every verb of a resource gets besides its own arguments. */
export interface Context {
  /** The daemon, connected on first use: Check and Diff of most resources never need it. */
  engine(): Promise<Engine>;
  /** The resource's URN. */
  readonly urn: string;
  /** True where nothing may be touched and nothing is waited for. */
  readonly isPreview: boolean;
  /** The provider resource's random id, kept in the stack's state; it tells two clones of one project apart. */
  readonly providerId: string;
  /** What this run has declared so far. */
  readonly deployment: Deployment;
  /** The provider's own settings, such as `host` and `registryAuth`. */
  readonly settings: Properties;
  /** Aborted by the engine's Cancel and by the end of the resource's custom timeout. */
  readonly signal: AbortSignal;
  /** Tells the user something about this resource; a status line goes away with the next one. */
  log(message: string, kind?: "info" | "warning" | "status"): void;
}

/** The answer of Check: the inputs with defaults, or everything that is wrong with them. */
export interface Checked {
  readonly inputs: Properties;
  readonly faults: readonly Fault[];
}

/** A resource as the daemon has it. */
export interface Observed {
  readonly id: string;
  readonly state: Properties;
}

/** What Read found: the resource, and the old inputs with what has drifted. */
export interface Found extends Observed {
  readonly inputs: Properties;
}

/** One resource type: its rules, then its verbs in lifecycle order. Verbs observe, ensure, and change only the difference. */
export interface Resource {
  /** Pulumi type token. */
  readonly token: string;
  /** What a change of each input asks for. */
  readonly rules: Readonly<Record<string, Rule>>;
  /** Paths of inputs and state properties that are secret by themselves, such as `data` or `logins[*].password`. */
  readonly secrets?: readonly string[];
  /** True where an id is no object's own, so that two resources may have the same one and different objects. @default false */
  readonly hasSharedIds?: boolean;
  /** Fills defaults and finds everything that can be known to be wrong; touches nothing. */
  check(olds: Properties, news: Properties, request: CheckRequest): Promise<Checked> | Checked;
  /** The names that the resource will hold on the daemon; two resources of one run that claim the same are refused. */
  claims?(inputs: Properties): readonly Claim[];
  /** Asks daemon and registries what can be known before anything is touched. It changes nothing; every preview and create calls it. */
  verify?(context: Context, inputs: Properties, old?: Observed): Promise<readonly Fault[]>;
  /** True where the old one must go before the new one can be made, and what depends on it before that. @default false */
  deletesFirst?(news: Properties): boolean;
  /** The state as far as a preview can know it. */
  plan(inputs: Properties, old?: Properties): Properties;
  /** A sentence for the preview of an update that the changed inputs do not say by themselves; it changes nothing. */
  explain?(name: string, olds: Properties, news: Properties): Promise<string | undefined>;
  /** In the place of `plan` and `explain` where a preview has to look at the daemon, or to tell more than the changed inputs do; it changes nothing. */
  preview?(context: Context, inputs: Properties, old?: Found): Promise<Properties>;
  /** Told that nothing about it changes in this run. */
  kept?(context: Context, inputs: Properties): void;
  /** Makes it. On failure nothing is left, or an {@link InitError} names what is. */
  create(context: Context, inputs: Properties): Promise<Observed>;
  /** Looks at the daemon; undefined when the object is gone. Without old inputs it is an import. */
  read(context: Context, id: string, inputs: Properties | undefined, state: Properties): Promise<Found | undefined>;
  /** Changes what runs into what is asked for. */
  update(context: Context, id: string, olds: Properties, news: Properties, state: Properties): Promise<Properties>;
  /** Removes it; what is gone already is a success. */
  delete(context: Context, id: string, inputs: Properties, state: Properties): Promise<void>;
}

/** The parts of a Check request besides old and new inputs. */
export interface CheckRequest {
  readonly urn: string;
  /** The resource's name in the program. */
  readonly name: string;
  /** Random bytes of the engine; the same seed gives the same generated name (Pulumi protocol, CheckRequest.randomSeed). */
  readonly seed: Uint8Array;
}

/** A create or update that failed after something was made: the engine keeps its id and tries again next time. */
export class InitError extends Error {
  constructor(
    readonly observed: Observed,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "InitError";
  }
}
