import { isAbsolute, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { EngineImage, type EngineImageArgs, type EngineImageBuild } from "../resources/image";
import type { Fault } from "../values/fault";
import { fullReference, parseImageReference } from "../values/image-reference";
import { repositoryName } from "../values/name";
import { parseBytes, type Quantity } from "../values/quantity";
import { claim } from "./claims";
import { type Known, listFaults, unknownFaults } from "./known";
import { placeInProgram, refuse, unknownOutput } from "./refusal";
import { type Transform, transformed } from "./transform";

/** Where a secret of a build comes from: a file, the environment of the `pulumi` command, or a value such as a config secret. */
export type BuildSecretArgs =
  | { readonly file: string }
  | { readonly environment: string }
  | { readonly value: pulumi.Input<string> };

/** A limit of a build's processes, in the kernel's unit; a number is both the soft and the hard one. */
export type UlimitArgs = number | { readonly soft: number; readonly hard: number };

/** What an {@link Image} is built from. */
export interface ImageArgs {
  /** Folder of the build context, relative to the project or absolute. @default "." */
  readonly context?: string;
  /** Path of the Dockerfile, relative to the project or absolute. @default `Dockerfile` in the context */
  readonly dockerfile?: string;
  /** Text of the Dockerfile, in place of a file. @default none */
  readonly dockerfileInline?: string;
  /** Values of the Dockerfile's `ARG`s. They stay in the image's history, so a Pulumi secret is refused: see `secrets`. @default none */
  readonly args?: Readonly<Record<string, pulumi.Input<string>>>;
  /**
   * Secrets for `RUN --mount=type=secret,id=NAME`, by name; they reach no layer, no history and no log. A changed secret alone
   * builds nothing anew. @default none
   */
  readonly secrets?: Readonly<Record<string, BuildSecretArgs>>;
  /** Agents of ssh for `RUN --mount=type=ssh`: `default` (the one of SSH_AUTH_SOCK) or `ID=SOCKET`. @default none */
  readonly ssh?: readonly string[];
  /** Stage to stop at. @default the last one */
  readonly target?: string;
  /** Platform, such as `linux/arm64`. @default the daemon's own */
  readonly platform?: string;
  /** Several platforms in one image; needs `docker buildx` with a builder that can, and `push`. @default `platform` alone */
  readonly platforms?: readonly string[];
  /** Labels of the image. @default none */
  readonly labels?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Images whose layers serve as cache. @default none */
  readonly cacheFrom?: readonly string[];
  /** Where the build cache goes, as `docker buildx build --cache-to` takes it; all but `type=inline` needs `docker buildx`. @default nowhere */
  readonly cacheTo?: readonly string[];
  /** Further build contexts, by name, as `docker buildx build --build-context` takes them. @default none */
  readonly contexts?: Readonly<Record<string, string>>;
  /** Names in `/etc/hosts` while building, with their addresses. @default none */
  readonly extraHosts?: Readonly<Record<string, string>>;
  /** Network of `RUN` steps. @default "default" */
  readonly network?: "default" | "none" | "host";
  /** Size of `/dev/shm` while building, such as `"128m"`. @default the daemon's, 64 MiB */
  readonly shmSize?: Quantity;
  /** Limits of the processes of `RUN` steps, by name, such as `nofile`. @default the daemon's */
  readonly ulimits?: Readonly<Record<string, UlimitArgs>>;
  /** Runs every step again whenever the image is built. @default false */
  readonly noCache?: boolean;
  /** `"always"` notices on every preview that a base image has moved in its registry, and builds on the new one. @default "missing" */
  readonly pull?: "always" | "missing";
  /** A builder of `docker buildx` by name, or `"classic"` for the daemon's builder before BuildKit. @default the daemon's BuildKit */
  readonly builder?: string;
  /** Builds in every preview too, without a trace on the daemon, so that the plan knows the result. @default false */
  readonly buildOnPreview?: boolean;
  /** How many earlier builds stay on the daemon, so that taking a change back needs no build. @default 3 */
  readonly keep?: number;
  /**
   * Registry that the image is pushed to, such as another stack's: it goes in front of `name`, which then names none itself.
   * @default the one in `name`
   */
  readonly registry?: pulumi.Input<string>;
  /** Pushes the image to its registry. @default true where `registry` is given, else false */
  readonly push?: boolean;
  /** Login at that registry. @default the provider's `registryAuth`, or what `docker login` has kept */
  readonly login?: { readonly username: pulumi.Input<string>; readonly password: pulumi.Input<string> };
  /** Reference that the image gets on the daemon. @default `<project>-<stack>-<name>` */
  readonly name?: string;
  /** Changes what the Engine's resource is made with: everything that docker.Image and Slipway's provider take. @default nothing */
  readonly transform?: Transform<EngineImageArgs>;
}

/** An image built from a Dockerfile. One image may serve any number of containers. */
export class Image extends pulumi.ComponentResource {
  /** The resource behind it; undefined where the arguments were refused in a preview. */
  readonly resource: EngineImage | undefined;
  /** The reference it has on the daemon. */
  readonly name: pulumi.Output<string>;
  /**
   * Its id, or `REPOSITORY@DIGEST` where it is pushed. It changes exactly when the build's result does, so a container that
   * uses it is replaced exactly then.
   */
  readonly id: pulumi.Output<string>;

  /** @throws a {@link SlipwayError} with every fault of the arguments; in a preview when the program ends. */
  constructor(name: string, args: ImageArgs = {}, options?: pulumi.ComponentResourceOptions) {
    super("slipway:index:Image", name, {}, options);
    const reference = args.name ?? repositoryName(pulumi.getProject(), pulumi.getStack(), name);
    const given = args.registry === undefined ? reference : `${args.registry}/${reference}`;
    const full = typeof args.registry === "object" ? undefined : given;
    const claimed =
      full === undefined ? [] : claim(this, `Image "${name}"`, [{ kind: "image", name: full, path: "name" }]);
    if (refuse([...faultsOf(name, reference, args), ...claimed])) {
      this.resource = undefined;
      this.name = unknownOutput();
      this.id = unknownOutput();
      this.registerOutputs({});
      return;
    }

    const registry = args.registry === undefined ? undefined : checkedRegistry(`Image "${name}"`, args.registry);
    const host = registry ?? fullReference(reference)?.registry;
    const wanted: EngineImageArgs = {
      imageName: registry === undefined ? reference : pulumi.interpolate`${registry}/${reference}`,
      skipPush: !isPushed(args),
      build: buildOf(name, args),
      ...(args.buildOnPreview === undefined ? {} : { buildOnPreview: args.buildOnPreview }),
      ...(args.login === undefined || host === undefined
        ? {}
        : {
            registry: { server: host, username: args.login.username, password: pulumi.secret(args.login.password) },
          }),
    };
    const image = new EngineImage(name, transformed(wanted, args.transform), { parent: this });
    this.resource = image;
    this.name = image.imageName;
    this.id = image.repoDigest;
    this.registerOutputs({ name: this.name, id: this.id });
  }
}

function isPushed(args: ImageArgs): boolean {
  return args.push ?? args.registry !== undefined;
}

/** The address of a registry, as it may come out of another stack. */
function checkedRegistry(subject: string, registry: pulumi.Input<string>): pulumi.Output<string> {
  const line = placeInProgram();
  return pulumi.output(registry).apply((value: unknown) => {
    if (typeof value === "string" && /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._/-]+)?$/i.test(value)) return pulumi.output(value);
    const problem = "is no address of a registry";
    const advice = "Write HOST or HOST:PORT, without a scheme.";
    refuse([{ subject, path: "registry", value, problem, advice }], line);
    return unknownOutput<string>();
  });
}

/** The arguments as docker.Image and Slipway's provider take them. */
function buildOf(name: string, args: ImageArgs): EngineImageBuild {
  const { target, platform, platforms, labels, cacheTo, contexts, network, shmSize, noCache, pull, keep, ssh } = args;
  const secrets = Object.entries(args.secrets ?? {}).map(([id, source]) => [
    id,
    "value" in source ? { value: pulumi.secret(source.value) } : source,
  ]);
  const hosts = Object.entries(args.extraHosts ?? {}).map(([host, address]) => `${host}:${address}`);
  const plain = { target, platform, platforms, labels, cacheTo, contexts, network, shmSize, noCache, pull, keep, ssh };
  const given = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined));
  return {
    ...given,
    context: inProject(args.context ?? "."),
    ...(args.dockerfile === undefined ? {} : { dockerfile: inProject(args.dockerfile) }),
    ...(args.dockerfileInline === undefined ? {} : { dockerfileInline: args.dockerfileInline }),
    ...(args.args === undefined ? {} : { args: openArgs(name, args.args) }),
    ...(secrets.length === 0 ? {} : { secrets: Object.fromEntries(secrets) }),
    ...(args.cacheFrom === undefined ? {} : { cacheFrom: { images: [...args.cacheFrom] } }),
    ...(hosts.length === 0 ? {} : { addHosts: hosts }),
    ...(args.ulimits === undefined ? {} : { ulimits: Object.entries(args.ulimits).map(ulimitOf) }),
    ...(args.builder === "classic" ? { builderVersion: "BuilderV1" } : {}),
    ...(args.builder === undefined || args.builder === "classic" ? {} : { builder: args.builder }),
  };
}

function ulimitOf([name, limit]: [string, UlimitArgs]): { name: string; soft: number; hard: number } {
  return typeof limit === "number" ? { name, soft: limit, hard: limit } : { name, ...limit };
}

/** Build arguments of which none is secret: whoever has the image can read them in its history. */
function openArgs(
  image: string,
  args: Readonly<Record<string, pulumi.Input<string>>>,
): Record<string, pulumi.Input<string>> {
  const entries = Object.entries(args).map(([name, value]): [string, pulumi.Input<string>] => {
    if (typeof value === "string") return [name, value];
    const given = pulumi.output(value);
    const open = pulumi.isSecret(given).then((isSecret) => {
      if (!isSecret) return given;
      const problem = "is a secret, and everybody who has the image could read it in its history";
      const advice = `Give it as \`secrets: { ${name}: { value } }\`, and use it with RUN --mount=type=secret,id=${name}.`;
      return refuse([{ subject: `Image "${image}"`, path: `args.${name}`, problem, advice }])
        ? unknownOutput<string>()
        : given;
    });
    return [name, pulumi.output(open)];
  });
  return Object.fromEntries(entries);
}

const known: Known<ImageArgs> = {
  args: true,
  buildOnPreview: true,
  builder: true,
  cacheFrom: "list",
  cacheTo: "list",
  context: true,
  contexts: true,
  dockerfile: true,
  dockerfileInline: true,
  extraHosts: true,
  keep: true,
  labels: true,
  login: true,
  name: true,
  network: true,
  noCache: true,
  platform: true,
  platforms: "list",
  pull: true,
  push: true,
  registry: true,
  secrets: true,
  shmSize: true,
  ssh: "list",
  target: true,
  transform: true,
  ulimits: true,
};

function faultsOf(name: string, reference: string, args: ImageArgs): Fault[] {
  const subject = `Image "${name}"`;
  const faults: Fault[] = unknownFaults(subject, args, known);
  const malformed = listFaults(subject, args, known);
  if (malformed.length > 0) return [...faults, ...malformed];
  if (parseImageReference(reference) === undefined) {
    const advice = "Write it as REPOSITORY[:TAG], in lower case, with a registry in front if need be.";
    faults.push({ subject, path: "name", value: reference, problem: "is not an image reference", advice });
  }
  if (args.dockerfile !== undefined && args.dockerfileInline !== undefined) {
    const problem = "is given beside `dockerfileInline`";
    faults.push({ subject, path: "dockerfile", value: args.dockerfile, problem, advice: "Keep one of the two." });
  }
  const platforms = (args.platforms ?? []).map((value, index) => [`platforms[${index}]`, value] as const);
  for (const [path, value] of [["platform", args.platform] as const, ...platforms]) {
    if (value === undefined || /^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9]+)?$/.test(value)) continue;
    const advice = "Write it as OS/ARCHITECTURE, such as linux/amd64.";
    faults.push({ subject, path, value, problem: "is not a platform", advice });
  }
  if (args.shmSize !== undefined && parseBytes(args.shmSize) === undefined) {
    const advice = 'Write it as "128m", or in bytes.';
    faults.push({ subject, path: "shmSize", value: args.shmSize, problem: "is not a number of bytes", advice });
  }
  const host = fullReference(reference);
  if (args.registry !== undefined && host !== undefined && host.registry !== "docker.io") {
    const advice = "Keep the registry in one of the two.";
    faults.push({ subject, path: "name", value: reference, problem: "names a registry beside `registry`", advice });
  }
  if (
    args.registry === undefined &&
    args.push === true &&
    host?.registry === "docker.io" &&
    host.repository.startsWith("library/")
  ) {
    const advice = "Put the registry in front of `name`, as in registry.example.org/app:1.";
    faults.push({ subject, path: "push", problem: `has nowhere to go: "${reference}" names no registry`, advice });
  }
  if ((args.platforms?.length ?? 0) > 1 && !isPushed(args)) {
    const advice = "Set `push: true`, and a `name` in a registry.";
    faults.push({ subject, path: "platforms", problem: "needs a registry, which alone can hold them", advice });
  }
  return faults;
}

/** The path from the project's folder where it lies inside it, so that the state does not name the clone. */
function inProject(path: string): string {
  if (!isAbsolute(path)) return path;
  const inside = relative(process.cwd(), path);
  return inside.startsWith("..") || isAbsolute(inside) ? path : inside || ".";
}
