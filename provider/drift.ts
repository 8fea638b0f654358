import type { Context, Found, Resource } from "./resource";
import type { Properties } from "./value";

/**
 * What Diff and Update know of the daemon. The engine looks at each resource before an update where the state says so
 * (`refresh_before_update`), and it says so of everything that this provider has made, changed or read. What the official
 * plugin wrote does not: there Diff looks by itself, so that drift shows at the first preview too.
 */
export class Drift {
  private readonly known = new Map<string, Found>();
  private readonly read = new Set<string>();

  /** Notes that the engine has looked, so that its inputs are what the daemon has. */
  note(urn: string): void {
    this.read.add(urn);
  }

  /** The old inputs and state with what has changed on the daemon; "gone" where the object is not there any more. */
  async before(
    context: Context,
    resource: Resource,
    id: string,
    inputs: Properties,
    state: Properties,
  ): Promise<Found | "gone"> {
    const { urn } = context;
    const asked = { id, inputs, state };
    if (this.read.has(urn)) return asked;
    const found = this.known.get(urn) ?? (await resource.read(context, id, inputs, state));
    if (found === undefined) return "gone";
    this.known.set(urn, found);
    return found;
  }

  /** What Diff found of a resource in this run; undefined where the engine's own inputs are right. */
  found(urn: string): Found | undefined {
    return this.known.get(urn);
  }
}
