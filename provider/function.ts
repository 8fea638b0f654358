import type { Context } from "./resource";
import type { Properties } from "./value";

/** One function of the package: a question to the daemon or a registry that changes nothing. */
export interface ProviderFunction {
  /** Pulumi function token, such as `docker:index/getNetwork:getNetwork`. */
  readonly token: string;
  /** Properties of the answer that are secret by themselves. */
  readonly secrets?: readonly string[];
  /** Answers, or throws a fault in the user's terms. */
  call(context: Pick<Context, "engine" | "signal" | "settings">, args: Properties): Promise<Properties>;
}
