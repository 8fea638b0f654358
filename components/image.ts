import { isAbsolute, relative } from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Fault } from "../values/fault";
import { parseImageReference } from "../values/image-reference";
import { repositoryName } from "../values/name";
import { refuse, unknownOutput } from "./refusal";

/** What an {@link Image} is built from. */
export interface ImageArgs {
  /** Folder of the build context, relative to the project or absolute. @default "." */
  readonly context?: string;
  /** Path of the Dockerfile, relative to the project or absolute. @default `Dockerfile` in the context */
  readonly dockerfile?: string;
  /** Values of the Dockerfile's `ARG`s; they stay in the image's history, so never a secret. @default none */
  readonly args?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Stage to stop at. @default the last one */
  readonly target?: string;
  /** Platform, such as `linux/arm64`. @default the daemon's own */
  readonly platform?: string;
  /** Reference that the image gets on the daemon. @default `<project>-<stack>-<name>` */
  readonly name?: string;
}

/** An image built from a Dockerfile by the daemon. One image may serve any number of containers. */
export class Image extends pulumi.ComponentResource {
  /** The reference it has on the daemon. */
  readonly name: pulumi.Output<string>;
  /** Its id. It changes exactly when the build's result does, so a container that uses it is replaced exactly then. */
  readonly id: pulumi.Output<string>;

  /** @throws a {@link SlipwayError} with every fault of the arguments; in a preview when the program ends. */
  constructor(name: string, args: ImageArgs = {}, options?: pulumi.ComponentResourceOptions) {
    super("slipway:index:Image", name, {}, options);
    const reference = args.name ?? repositoryName(pulumi.getProject(), pulumi.getStack(), name);
    if (refuse(faultsOf(name, reference, args))) {
      this.name = unknownOutput();
      this.id = unknownOutput();
      this.registerOutputs({});
      return;
    }

    const context = inProject(args.context ?? ".");
    const image = new docker.Image(
      name,
      {
        imageName: reference,
        skipPush: true,
        build: {
          context,
          ...(args.dockerfile === undefined ? {} : { dockerfile: inProject(args.dockerfile) }),
          ...(args.args === undefined ? {} : { args: args.args }),
          ...(args.target === undefined ? {} : { target: args.target }),
          ...(args.platform === undefined ? {} : { platform: args.platform }),
        },
      },
      { parent: this },
    );
    this.name = image.imageName;
    this.id = image.repoDigest;
    this.registerOutputs({ name: this.name, id: this.id });
  }
}

function faultsOf(name: string, reference: string, args: ImageArgs): Fault[] {
  const subject = `Image "${name}"`;
  const faults: Fault[] = [];
  if (parseImageReference(reference) === undefined) {
    const advice = "Write it as REPOSITORY[:TAG], in lower case, with a registry in front if need be.";
    faults.push({ subject, path: "name", value: reference, problem: "is not an image reference", advice });
  }
  if (args.platform !== undefined && !/^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/.test(args.platform)) {
    const advice = "Write it as OS/ARCHITECTURE, such as linux/amd64.";
    faults.push({ subject, path: "platform", value: args.platform, problem: "is not a platform", advice });
  }
  return faults;
}

/** The path from the project's folder where it lies inside it, so that the state does not name the clone. */
function inProject(path: string): string {
  if (!isAbsolute(path)) return path;
  const inside = relative(process.cwd(), path);
  return inside.startsWith("..") || isAbsolute(inside) ? path : inside || ".";
}
