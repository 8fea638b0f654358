import type { Service, TaskSpec } from "@docker/node-sdk";
import type { Properties } from "../../../provider/value";

/** One input of a service: spellings of one wish, what the raw spec must hold, and another wish. */
export interface SpelledService {
  readonly input: string;
  /** Where the rule is found. */
  readonly source: string;
  readonly spellings: readonly [Properties, Properties, ...Properties[]];
  readonly oracle: (spec: NonNullable<Service["Spec"]>, task: TaskSpec, container: Properties) => unknown;
  readonly wanted: unknown;
  readonly other: Properties;
  readonly otherWanted: unknown;
}

export const image = "slipway-test/busybox:1";
export const commands = ["sleep", "1000"];

/** A service whose container holds more than an image. */
export const container = (more: Properties): Properties => ({
  taskSpec: { containerSpec: { image, commands, ...more } },
});

/** A service whose task holds more than a container. */
export const task = (more: Properties): Properties => ({ taskSpec: { containerSpec: { image, commands }, ...more } });
