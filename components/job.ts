import * as pulumi from "@pulumi/pulumi";
import type { Duration } from "../values/duration";
import type { Fault } from "../values/fault";
import { Container, type ContainerArgs } from "./container";
import { containerFaults, missingImage } from "./container-faults";
import { type Dependency, dependenciesOf, dependencyFaults } from "./dependency";
import { type Known, listed, listFaults, unknownFaults } from "./known";
import { refuse, unknownOutput } from "./refusal";
import { type Transform, transformed } from "./transform";

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
  /** Changes what its container is made with. @default nothing */
  readonly transform?: Transform<ContainerArgs>;
}

const known: Known<JobArgs> = {
  command: "list",
  cpus: true,
  dependsOn: "list",
  entrypoint: "list",
  env: true,
  image: true,
  labels: true,
  memory: true,
  mounts: "list",
  name: true,
  networks: "list",
  timeout: true,
  transform: true,
  user: true,
  workingDirectory: true,
};

/**
 * A command that runs once to its end, such as a database migration: again whenever its image or arguments change, and
 * never because its finished container was pruned. It fails unless it exits with 0, with its exit code and last log lines;
 * whatever depends on it then stays as it is.
 */
export class Job extends pulumi.ComponentResource {
  /** The container that it runs in; undefined where the arguments were refused in a preview. */
  readonly container: Container | undefined;
  /** Id of the container that it ran in. */
  readonly id: pulumi.Output<string>;
  /** What it wrote, both streams together. */
  readonly logs: pulumi.Output<string>;

  /** @throws a {@link SlipwayError} with every fault of the arguments; in a preview when the program ends. */
  constructor(name: string, args: JobArgs, options?: pulumi.ComponentResourceOptions) {
    super("slipway:index:Job", name, {}, options);
    const { timeout = "10m", transform, dependsOn: _, ...rest } = args;
    const dependsOn = listed(args.dependsOn);
    const subject = `Job "${name}"`;
    const wanted: ContainerArgs = { ...rest, restart: "no", completes: { within: timeout } };
    if (refuse([...faultsOf(subject, args, wanted), ...dependencyFaults(subject, this, dependsOn)])) {
      this.container = undefined;
      this.id = unknownOutput();
      this.logs = unknownOutput();
      this.registerOutputs({});
      return;
    }
    const place = { parent: this, dependsOn: dependenciesOf(dependsOn) };
    this.container = new Container(name, transformed(wanted, transform), place);
    this.id = this.container.id;
    this.logs = this.container.logs;
    this.registerOutputs({ id: this.id, logs: this.logs });
  }
}

/** What is wrong with the arguments, in their own words; what no Job takes is said once. */
function faultsOf(subject: string, args: JobArgs, wanted: ContainerArgs): Fault[] {
  const malformed = listFaults(subject, args, known);
  if (malformed.length > 0) return [...unknownFaults(subject, args, known), ...malformed];
  const named = Object.entries(wanted).filter(([key]) => key in known || key === "completes");
  const faults = containerFaults(subject, Object.fromEntries(named)).map((fault) =>
    fault.path === "completes.within" ? { ...fault, path: "timeout" } : fault,
  );
  return [...unknownFaults(subject, args, known), ...missingImage(subject, args.image), ...faults];
}
