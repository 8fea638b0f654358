import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { widening } from "./widening";

type In<Kind> = pulumi.Input<Kind | undefined>;

/** A command that is executed inside a running container (Engine API, `ContainerExec`). */
export interface HookCommand {
  /** Executable and arguments. */
  readonly command: readonly pulumi.Input<string>[];
  /** Container to execute it in, by name or id, such as a gateway. @default this container */
  readonly container?: In<string>;
  /** User or user:group that runs it. @default the container's */
  readonly user?: In<string>;
  /** Folder it starts in. @default the container's */
  readonly workingDir?: In<string>;
  /** Further variables, as `NAME=value`. @default none */
  readonly envs?: In<readonly pulumi.Input<string>[]>;
  /** With every capability of the host. @default false */
  readonly privileged?: In<boolean>;
}

/** A command that is run in a container of its own before another starts: with that one's volumes, networks and variables. */
export interface PreStart extends Omit<HookCommand, "command" | "container"> {
  /** Executable and arguments. @default the image's own */
  readonly command?: In<readonly pulumi.Input<string>[]>;
  /** Image of its container; one that the daemon does not have is pulled. @default that of the container that starts */
  readonly image?: In<string>;
}

/** A step before a container is stopped: a command, a wait (`{ wait: "5s" }`), or the command and then the wait. */
export interface BeforeStop extends Partial<HookCommand> {
  /** Time to let pass after the command, as `"5s"`. @default none */
  readonly wait?: In<string>;
}

/** `ports` of docker.Container, with host port ranges. */
export interface ContainerPort extends docker.types.input.ContainerPort {
  /** Range of host ports of which the Engine takes the first free one, as `"6005-6015"`. Leave `external` out then. @default none */
  readonly externalRange?: In<string>;
}

/** `volumes` of docker.Container, with leave to make a missing folder. */
export interface ContainerVolume extends docker.types.input.ContainerVolume {
  /** Lets the daemon make a missing `hostPath`, empty and owned by root. Otherwise a missing one is refused. @default false */
  readonly createHostPath?: In<boolean>;
}

/** `mounts[].bindOptions` of docker.Container and what else the Engine knows (Engine API, `Mount`). */
export interface ContainerBindOptions extends docker.types.input.ContainerMountBindOptions {
  /** Lets the daemon make a missing source, empty and owned by root. @default false */
  readonly createHostPath?: In<boolean>;
  /** Leaves mounts below the source out. @default false */
  readonly nonRecursive?: In<boolean>;
  /** Makes a read-only mount writable again below the source (Engine 25). @default false */
  readonly readOnlyNonRecursive?: In<boolean>;
  /** Fails where a read-only mount can't be read-only below the source too (Engine 25). @default false */
  readonly readOnlyForceRecursive?: In<boolean>;
}

/** `mounts` of docker.Container, with the types `image` (Engine 28), `npipe` and `cluster`. */
export interface ContainerMount extends Omit<docker.types.input.ContainerMount, "bindOptions"> {
  readonly bindOptions?: In<ContainerBindOptions>;
  /** Of an image mount. @default the whole image */
  readonly imageOptions?: In<{ readonly subpath?: In<string> }>;
}

/** `networksAdvanced` of docker.Container, with links. */
export interface ContainerNetwork extends docker.types.input.ContainerNetworksAdvanced {
  /** Containers that are found under another name from here only, as `"CONTAINER:ALIAS"`. @default none */
  readonly links?: In<readonly pulumi.Input<string>[]>;
}

/** Relative weight of one block device. */
export interface DeviceWeight {
  /** Device node on the host, such as `/dev/sda`. */
  readonly path: pulumi.Input<string>;
  /** 10 to 1000. */
  readonly weight: pulumi.Input<number>;
}

/**
 * Inputs of docker.Container that only Slipway's provider takes: what the Engine can do and the package's own inputs can't
 * say (Engine API, `ContainerCreate`). They are absent from inputs and state when unused; a program that uses them runs on
 * Slipway's provider only.
 */
export interface ContainerExtras {
  /** Memory limit in bytes, 6 MiB at least; instead of `memory`. @default none */
  readonly memoryBytes?: In<number>;
  /** Limit of memory and swap together in bytes, -1 for none; instead of `memorySwap`. @default twice the memory */
  readonly memorySwapBytes?: In<number>;
  /** Memory in bytes that is left to the container under pressure; instead of `memoryReservation`. @default none */
  readonly memoryReservationBytes?: In<number>;
  /** Size of /dev/shm in bytes; instead of `shmSize`. @default the daemon's, 64 MiB */
  readonly shmSizeBytes?: In<number>;
  /** DNS servers in the order they are asked; instead of `dns`, whose order says nothing. @default none */
  readonly orderedDns?: In<readonly pulumi.Input<string>[]>;
  /** Ports that are exposed and not published, as `"8080"`, `"53/udp"` or `"8000-8010/tcp"`. @default the image's */
  readonly exposedPorts?: In<readonly pulumi.Input<string>[]>;
  /** Number of processes it may have, 0 or -1 for no limit. @default the daemon's */
  readonly pidsLimit?: In<number>;
  /** Annotations for the runtime (Engine 24). @default none */
  readonly annotations?: In<Readonly<Record<string, pulumi.Input<string>>>>;
  /** Links on the default bridge, as `"CONTAINER:ALIAS"`. @default none */
  readonly links?: In<readonly pulumi.Input<string>[]>;
  /** Runs the image's entrypoint without the image's command. @default false */
  readonly emptyCommand?: In<boolean>;
  /** Runs `command` without the image's entrypoint. @default false */
  readonly emptyEntrypoint?: In<boolean>;
  /** Number that the kernel adds when it looks for a process to kill, -1000 to 1000. @default 0 */
  readonly oomScoreAdj?: In<number>;
  /** Not killed when it is out of memory (cgroup v1). @default false */
  readonly oomKillDisable?: In<boolean>;
  /** How readily anonymous pages are swapped, 0 to 100 (cgroup v1). @default the host's */
  readonly memorySwappiness?: In<number>;
  /** Relative weight of block I/O, 10 to 1000. @default the kernel's */
  readonly blkioWeight?: In<number>;
  /** Relative weight of block I/O by device. @default none */
  readonly blkioWeightDevices?: In<readonly DeviceWeight[]>;
  /** `"host"` for the host's own name space of host names. @default a private one */
  readonly utsMode?: In<string>;
  /** Period of real-time scheduling in microseconds (cgroup v1). @default none */
  readonly cpuRealtimePeriod?: In<number>;
  /** Real-time microseconds in each period (cgroup v1). @default none */
  readonly cpuRealtimeRuntime?: In<number>;
  /** Memory nodes it may use, as `"0-1"`. @default all */
  readonly cpuSetMems?: In<string>;
  /** Number of processors (Windows). @default all */
  readonly cpuCount?: In<number>;
  /** Share of the processors in percent (Windows). @default all */
  readonly cpuPercent?: In<number>;
  /** `"default"`, `"process"` or `"hyperv"` (Windows). @default the daemon's */
  readonly isolation?: In<string>;
  /**
   * Commands before each start by `up`, one by one, each in a container of its own that is removed after it; one that fails
   * makes the `up` fail before the start. @default none
   */
  readonly preStart?: In<readonly PreStart[]>;
  /** Commands after each start by `up`, one by one; one that fails makes the `up` fail. @default none */
  readonly postStart?: In<readonly HookCommand[]>;
  /** Steps before `up` or `destroy` stops the container, one by one. @default none */
  readonly beforeStop?: In<readonly BeforeStop[]>;
  /** Fills the output `health`. @default false */
  readonly reportHealth?: In<boolean>;
  /**
   * Whether a replacement starts before the old container is stopped, or after.
   * @default "start-first" where nothing collides: no host port, address, device or data that both would have
   */
  readonly replaceOrder?: In<"start-first" | "stop-first">;
  /**
   * A container that is meant to end: `up` waits for that, at most `waitTimeout`, and fails unless it exits with 0. Once it
   * has, it counts as done even if somebody removes it. @default false
   */
  readonly mustComplete?: In<boolean>;
  /**
   * It may end by itself: to have ended with exit code 0 is as good as to run, and `up` waits for neither. Any other exit
   * code fails the `up` that sees it. @default false
   */
  readonly mayEnd?: In<boolean>;
  /** Takes a change of `uploads` up in place: they are copied into the container, checked, and it is told. @default a replacement */
  readonly reload?: In<ContainerReload>;
  /**
   * Restarts the container in its place when one of them changes, such as the id of a container that it can't do without. To
   * give the first ones restarts nothing. @default none
   */
  readonly restartTriggers?: In<readonly pulumi.Input<string>[]>;
  /** Which replica of an application it is, for messages that count how far a roll-out got. @default none */
  readonly replica?: In<ContainerReplica>;
  /**
   * Takes over the container that compose made for the same project, service and number (by its labels): as it runs where it
   * is what the program asks for, else it is replaced like a predecessor. @default false: it is refused, as any stranger's is
   */
  readonly adopt?: In<boolean>;
}

/** How a container takes changed files up while it runs. */
export interface ContainerReload {
  /** Command that exits with 0 when the new files are in order; else the old ones come back and `up` fails. @default none */
  readonly check?: In<readonly pulumi.Input<string>[]>;
  /** Signal that makes its main process read them, as `"HUP"`. */
  readonly signal: pulumi.Input<string>;
}

/** A place in a row of equal containers. */
export interface ContainerReplica {
  /** Name of the application. */
  readonly app: pulumi.Input<string>;
  /** 1 to `count`. */
  readonly number: pulumi.Input<number>;
  /** How many there are. */
  readonly count: pulumi.Input<number>;
}

/** The inputs of docker.Container that have more to them here. */
interface Widened {
  readonly ports?: In<readonly pulumi.Input<ContainerPort>[]>;
  readonly volumes?: In<readonly pulumi.Input<ContainerVolume>[]>;
  readonly mounts?: In<readonly pulumi.Input<ContainerMount>[]>;
  readonly networksAdvanced?: In<readonly pulumi.Input<ContainerNetwork>[]>;
}

/** Everything that Slipway's provider takes for a container. */
export type EngineContainerArgs = Omit<docker.ContainerArgs, keyof Widened> & Widened & ContainerExtras;

/**
 * docker.Container with everything the Engine can do. It is the same resource type, so a docker.Container can become one,
 * and back as long as no extra is used, without a change.
 */
export class EngineContainer extends docker.Container {
  /** `starting`, `healthy` or `unhealthy` when it was last looked at; undefined without a health check or `reportHealth`. */
  declare readonly health: pulumi.Output<string | undefined>;

  constructor(name: string, args: EngineContainerArgs, options: pulumi.CustomResourceOptions = {}) {
    const widen = widening({ ...args, health: undefined });
    const transformations = [widen, ...(options.transformations ?? [])];
    super(name, { ...(args as docker.ContainerArgs) }, { ...options, transformations });
  }
}
