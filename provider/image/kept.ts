import { createHash } from "node:crypto";
import type { Engine } from "../../daemon/client";
import { inspectImage, removeTag, taggedImages, tagImage } from "../../daemon/image";
import { parseImageReference } from "../../values/image-reference";

/** An earlier build that stays on the daemon under a tag of ours. */
export interface KeptImage {
  /** The tag of ours: `slipway-kept/app-3fa9c1d2e4b5:20261107-123456789-8c1f0a…`. */
  readonly reference: string;
  readonly imageId: string;
  /** When it ceased to be the latest, as text that sorts by time. */
  readonly since: string;
  /** What it was built from (`buildKey`). */
  readonly key: string;
}

/**
 * Earlier builds of one image resource. A tag holds each: it tells whose the image is without a label that images built on it
 * would inherit, it survives `docker image prune`, and it holds an image of the containerd store, which drops untagged ones.
 */
export class KeptImages {
  private readonly repository: string;

  /** `imageName` is the one of the resource's creation, its id, so that neither a rename in the program nor of the image loses them. */
  constructor(
    private readonly engine: Engine,
    providerId: string,
    imageName: string,
  ) {
    const owner = createHash("sha256").update(`${providerId} ${imageName}`).digest("hex").slice(0, 12);
    const name = (parseImageReference(imageName)?.repository ?? "image").split("/").at(-1) ?? "image";
    this.repository = `slipway-kept/${name}-${owner}`;
  }

  /** All of them, newest first. */
  async list(signal: AbortSignal): Promise<KeptImage[]> {
    const tagged = await taggedImages(this.engine, this.repository, signal);
    const kept = tagged.flatMap(({ reference, imageId }) => {
      const [, since, key] = /:(\d{8}-\d{9})-([0-9a-f]+)$/.exec(reference) ?? [];
      return since === undefined || key === undefined ? [] : [{ reference, imageId, since, key }];
    });
    return kept.sort((a, b) => (a.since > b.since ? -1 : 1));
  }

  /** Keeps an image that is about to lose its tag. */
  async keep(imageId: string, key: string, signal: AbortSignal): Promise<void> {
    // To the millisecond: two builds of one second must keep their order.
    const digits = new Date().toISOString().replace(/\D/g, "");
    const tag = `${digits.slice(0, 8)}-${digits.slice(8, 17)}-${key}`;
    await tagImage(this.engine, imageId, this.repository, tag, signal);
  }

  /**
   * Lets go of all but the newest `count`; the latest build is not one of them, and one image counts once. What a container
   * still uses stays until the next time.
   */
  async prune(count: number, latest: string | undefined, signal: AbortSignal): Promise<void> {
    const seen = new Set<string>(latest === undefined ? [] : [latest]);
    for (const { reference, imageId } of await this.list(signal)) {
      const stays = !seen.has(imageId) && seen.size < count + (latest === undefined ? 0 : 1);
      seen.add(imageId);
      if (!stays) await this.letGo(reference, imageId, signal);
    }
  }

  /**
   * Takes the tag off. A build that was pushed is also known by its digest in the registry, for which nobody asks once it has
   * no tag: the Engine takes such a name along with the last tag of its own repository only.
   */
  private async letGo(reference: string, imageId: string, signal: AbortSignal): Promise<void> {
    await removeTag(this.engine, reference, signal);
    const image = await inspectImage(this.engine, imageId, signal);
    if (image === undefined || (image.RepoTags ?? []).length > 0) return;
    for (const digest of image.RepoDigests ?? []) await removeTag(this.engine, digest, signal);
  }

  /** The image of an earlier build of the same key, if the daemon still has it. */
  async find(key: string, signal: AbortSignal): Promise<KeptImage | undefined> {
    const found = (await this.list(signal)).find((kept) => kept.key === key);
    if (found === undefined) return undefined;
    return (await inspectImage(this.engine, found.imageId, signal)) === undefined ? undefined : found;
  }
}
