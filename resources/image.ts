/** Where a secret of a build comes from; exactly one of the three. */
export interface BuildSecret {
  /** Path of a file, relative to the project or absolute; it is read when a step asks for it. */
  readonly file?: string;
  /** Name of a variable in the environment of the `pulumi` command. */
  readonly environment?: string;
  /** The secret itself; make it a Pulumi secret, so that the state holds it encrypted. */
  readonly value?: string;
}

/** A limit of the processes that a build runs. */
export interface BuildUlimit {
  /** Such as `nofile`. */
  readonly name: string;
  readonly soft: number;
  /** @default the same as `soft` */
  readonly hard?: number;
}

/**
 * What a build can do beyond the `build` of docker:index/image:Image: further properties of that object, since
 * @pulumi/docker hands it over as it is. A program that uses them runs on Slipway's provider only.
 */
export interface ImageBuildExtras {
  /** Secrets for `RUN --mount=type=secret,id=…`, by id; they reach no layer and no history. A changed secret alone builds nothing anew. @default none */
  readonly secrets?: Readonly<Record<string, BuildSecret>>;
  /** ssh agents for `RUN --mount=type=ssh`: `default` (the agent of SSH_AUTH_SOCK), or `ID=PATH` of an agent's socket. @default none */
  readonly ssh?: readonly string[];
  /** Labels of the image. @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Runs every step again whenever the image is built. @default false */
  readonly noCache?: boolean;
  /** Looks for newer base images at every preview, and builds on them. Needs the registry each time. @default false */
  readonly pull?: boolean;
  /** Size of `/dev/shm` while building: bytes, or a text such as `128m`. @default the daemon's, 64 MiB */
  readonly shmSize?: number | string;
  /** Limits of the processes of `RUN` steps. @default the daemon's */
  readonly ulimits?: readonly BuildUlimit[];
  /** Platforms of one image, such as `["linux/amd64", "linux/arm64"]`; needs `docker buildx` and a push. @default the one `platform` */
  readonly platforms?: readonly string[];
  /** Where the build cache goes, as `docker buildx build --cache-to` takes it; needs `docker buildx`. @default nowhere */
  readonly cacheTo?: readonly string[];
  /** Further build contexts by name, as `docker buildx build --build-context` takes them; needs `docker buildx`. @default none */
  readonly contexts?: Readonly<Record<string, string>>;
  /** The buildx builder that builds; naming one makes `docker buildx` build. @default the one in use, where buildx is needed */
  readonly builder?: string;
  /**
   * How many earlier builds stay on the daemon, so that taking a change back needs no build.
   * @default 3: a bad release, the attempt to mend it, and the one before
   */
  readonly keep?: number;
}

/** The names of {@link ImageBuildExtras}, for telling whether a program needs Slipway's provider. */
export const imageBuildExtras: readonly (keyof ImageBuildExtras)[] = [
  "secrets",
  "ssh",
  "labels",
  "noCache",
  "pull",
  "shmSize",
  "ulimits",
  "platforms",
  "cacheTo",
  "contexts",
  "builder",
  "keep",
];

/** How many earlier builds of an image stay where the program does not say. */
export const defaultKeep = 3;
