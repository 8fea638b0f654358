import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";

type In<Kind> = pulumi.Input<Kind | undefined>;
type List<Kind> = In<readonly pulumi.Input<Kind>[]>;
type TextMap = In<Readonly<Record<string, pulumi.Input<string>>>>;

/** Where a secret of a build comes from; exactly one of the three. */
export interface BuildSecret {
  /** Path of a file, relative to the project or absolute; it is read when a step asks for it. @default none */
  readonly file?: In<string>;
  /** Name of a variable in the environment of the `pulumi` command. @default none */
  readonly environment?: In<string>;
  /** The secret itself; the state holds it encrypted. @default none */
  readonly value?: In<string>;
}

/** A limit of the processes that a build runs. */
export interface BuildUlimit {
  /** Such as `nofile`. */
  readonly name: pulumi.Input<string>;
  /** In the kernel's unit; -1 is no limit. */
  readonly soft: pulumi.Input<number>;
  /** Limit that the processes can't go above, in the kernel's unit. @default the same as `soft` */
  readonly hard?: In<number>;
}

/**
 * Inputs of `build` of docker.Image that only Slipway's provider takes. They are absent from inputs and state when unused; a
 * program that uses them runs on Slipway's provider only.
 */
export interface ImageBuildExtras {
  /** Secrets for `RUN --mount=type=secret,id=…`, by id; they reach no layer and no history. A changed secret alone builds nothing anew. @default none */
  readonly secrets?: In<Readonly<Record<string, pulumi.Input<BuildSecret>>>>;
  /** Agents of ssh for `RUN --mount=type=ssh`: `default` (the agent of SSH_AUTH_SOCK), or `ID=PATH` of an agent's socket. @default none */
  readonly ssh?: List<string>;
  /** Text of the Dockerfile, in place of the file that `dockerfile` names; what it copies still comes from the context. @default none */
  readonly dockerfileInline?: In<string>;
  /** Labels of the image. @default none */
  readonly labels?: TextMap;
  /** Runs every step again whenever the image is built. @default false */
  readonly noCache?: In<boolean>;
  /**
   * Whether registries are asked for base images that the daemon has: `"always"` notices on every preview that a tag has
   * moved, and `up` then builds on what it stands for now. @default "missing"
   */
  readonly pull?: In<"always" | "missing">;
  /** Size of `/dev/shm` while building: bytes, or a text such as `128m`. @default the daemon's, 64 MiB */
  readonly shmSize?: In<number | string>;
  /** Limits of the processes of `RUN` steps. @default the daemon's */
  readonly ulimits?: List<BuildUlimit>;
  /** Platforms of one image, such as `["linux/amd64", "linux/arm64"]`; several need `docker buildx` and a push. @default the one `platform` */
  readonly platforms?: List<string>;
  /** Where the build cache goes, as `docker buildx build --cache-to` takes it; all but `type=inline` needs `docker buildx`. @default nowhere */
  readonly cacheTo?: List<string>;
  /** Further build contexts by name, as `docker buildx build --build-context` takes them; needs `docker buildx`. @default none */
  readonly contexts?: TextMap;
  /** The buildx builder that builds; naming one makes `docker buildx` build. @default the one in use, where buildx is needed */
  readonly builder?: In<string>;
  /**
   * How many earlier builds stay on the daemon, so that taking a change back needs no build.
   * @default 3: a bad release, the attempt to mend it, and the one before
   */
  readonly keep?: In<number>;
}

/** `build` with everything that Slipway's provider takes. */
export interface EngineImageBuild extends docker.types.input.DockerBuild, ImageBuildExtras {}

/** Everything that Slipway's provider takes for an image. */
export interface EngineImageArgs extends Omit<docker.ImageArgs, "build"> {
  /** What it is built from, and how. @default the project's folder and its Dockerfile */
  readonly build?: In<EngineImageBuild>;
}

/** docker.Image with everything that Slipway's provider takes. It is the same resource type, which hands `build` over as it is. */
export class EngineImage extends docker.Image {
  constructor(name: string, args: EngineImageArgs, options?: pulumi.CustomResourceOptions) {
    super(name, args as docker.ImageArgs, options);
  }
}
