import type { Engine } from "../daemon/client";
import { type Fault, isSlipwayError, SlipwayError } from "../values/fault";

/** How the provider's one connection to its daemon is made. */
export interface LinkOptions {
  /** Opens it. */
  open(): Promise<Engine>;
  /** Asks the daemon who it is; undefined where it can't say. @default never asked */
  identify?(engine: Engine): Promise<string | undefined>;
}

/** The provider's one connection to its daemon, made at the first use: Check and Diff of most resources never need it. */
export class DaemonLink {
  private engine: Promise<Engine> | undefined;
  private identity: Promise<string | undefined> | undefined;
  private isTold = false;
  private cause: unknown;

  constructor(private readonly options: LinkOptions) {}

  /** Begins to connect while the engine is busy elsewhere; a failure is told to whoever needs the daemon first. */
  warm(): void {
    this.opened().catch(() => undefined);
  }

  /** The connection. Why there is none is told once in full, however many resources need it (reconciliation.md, E3). */
  async connect(): Promise<Engine> {
    try {
      return await this.opened();
    } catch (error) {
      this.cause = error;
      const first = !this.isTold;
      this.isTold = true;
      if (first || !isSlipwayError(error)) throw error;
      const subject = error.faults[0]?.subject ?? "Docker daemon";
      const fault: Fault = { subject, problem: "can't be used; the first error of this run says why" };
      throw new SlipwayError(fault, { cause: error });
    }
  }

  /** True for the error that says in full why there is no connection. */
  isCause(error: unknown): boolean {
    return error !== undefined && error === this.cause;
  }

  /** The daemon's own id, asked once. */
  id(): Promise<string | undefined> {
    this.identity ??= this.connect().then((engine) => this.options.identify?.(engine));
    return this.identity;
  }

  private opened(): Promise<Engine> {
    this.engine ??= this.options.open();
    return this.engine;
  }
}
