import * as pulumi from "@pulumi/pulumi";
import type { Duration } from "../values/duration";
import { Container, type ContainerArgs } from "./container";
import { type Dependency, dependenciesOf } from "./dependency";

/** What a {@link Job} runs. */
export interface JobArgs
  extends Pick<
    ContainerArgs,
    | "image"
    | "command"
    | "entrypoint"
    | "env"
    | "mounts"
    | "networks"
    | "user"
    | "workingDirectory"
    | "memory"
    | "cpus"
    | "labels"
    | "name"
  > {
  /** Longest time that it may take; it is stopped after that and has failed. @default "10m" */
  readonly timeout?: Duration;
  /** What must be there before it runs. @default nothing */
  readonly dependsOn?: readonly Dependency[];
}

/**
 * A command that runs once to its end, such as a database migration: again whenever its image or arguments change, and
 * never because its finished container was pruned. It fails unless it exits with 0, with its exit code and last log lines;
 * whatever depends on it then stays as it is.
 */
export class Job extends pulumi.ComponentResource {
  /** Id of the container that it ran in. */
  readonly id: pulumi.Output<string>;
  /** What it wrote, both streams together. */
  readonly logs: pulumi.Output<string>;

  /** @throws a {@link SlipwayError} with every fault of the arguments; in a preview when the program ends. */
  constructor(name: string, args: JobArgs, options?: pulumi.ComponentResourceOptions) {
    super("slipway:index:Job", name, {}, options);
    const { timeout = "10m", dependsOn = [], ...rest } = args;
    const container = new Container(
      name,
      { ...rest, restart: "no", completes: { within: timeout } },
      { parent: this, dependsOn: dependenciesOf(`Job "${name}"`, dependsOn) },
    );
    this.id = container.id;
    this.logs = container.logs;
    this.registerOutputs({ id: this.id, logs: this.logs });
  }
}
