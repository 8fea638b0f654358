import { daemonAllowsInsecure, Registry, RegistryError } from "../daemon/registry";
import { imageSubject, type Refusal, registryFault } from "../daemon/registry-fault";
import type { FoundLogin } from "../daemon/registry-login";
import { messageOf, SlipwayError } from "../values/fault";
import { type FullReference, fullReference } from "../values/image-reference";
import { loginsOf, ownLogin } from "./registry-logins";
import type { Context } from "./resource";
import { flagOf, type Properties } from "./value";

/** What of a context a question to a registry needs. */
export type Asking = Pick<Context, "engine" | "signal" | "settings">;

/** An image in its registry, asked for from this machine, as the resource or function says it. */
export class RemoteTag {
  private constructor(
    private readonly name: string,
    private readonly full: FullReference,
    private readonly registry: Registry,
    private readonly found: FoundLogin,
  ) {}

  /**
   * `inputs` may hold `authConfig` and `insecureSkipVerify`. Plain HTTP is spoken where the login's address or the daemon
   * allows it, as for a registry on the loopback interface.
   */
  static async of(context: Asking, name: string, inputs: Properties): Promise<RemoteTag> {
    const full = fullReference(name);
    if (full === undefined) {
      const advice = "Write it as [REGISTRY/]REPOSITORY[:TAG], in lower case.";
      throw new SlipwayError({ subject: imageSubject(name), problem: "is not an image reference", advice });
    }
    const found = ownLogin(inputs["authConfig"]) ?? (await loginsOf(context).find(full.registry));
    const demandsPlain = found.scheme === "http";
    const insecure =
      demandsPlain || (await daemonAllowsInsecure(await context.engine(), full.registry, context.signal));
    const skipVerify = flagOf(inputs["insecureSkipVerify"]) ?? false;
    const registry = new Registry(full.registry, { found, insecure, skipVerify, signal: context.signal });
    return new RemoteTag(name, full, registry, found);
  }

  /** `REPOSITORY:TAG`, or with the digest, without the registry. */
  get path(): string {
    const { repository, tag, digest } = this.full;
    return digest === undefined ? `${repository}:${tag}` : `${repository}@${digest}`;
  }

  /** The digest that the name stands for now; undefined where the registry has none. */
  digest(): Promise<string | undefined> {
    return this.asking("read", async () => (await this.registry.digest(this.full.repository, this.label))?.digest);
  }

  /** The manifest, or list of manifests, of the name. */
  manifest() {
    return this.asking("read", () => this.registry.manifest(this.full.repository, this.label));
  }

  /** What to tell where the registry does not have the name. */
  get absence(): SlipwayError {
    const { registry, tag } = this.full;
    const what = tag === undefined ? "no such digest" : `no tag "${tag}"`;
    const problem = `is not there: registry ${registry} has ${what} of it`;
    const advice = "Check registry, repository and tag.";
    return new SlipwayError({ subject: imageSubject(this.name), problem, advice });
  }

  /** The other tags of the repository that stand for a digest. */
  async othersOf(digest: string): Promise<string[]> {
    return this.asking("read", async () => {
      const tags = (await this.registry.tags(this.full.repository)).filter((tag) => tag !== this.full.tag);
      const digests: (string | undefined)[] = [];
      // A repository may have thousands of tags, and only its registry knows which of them are one image.
      const queue = [...tags.entries()];
      const worker = async (): Promise<void> => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          const [index, tag] = next;
          digests[index] = (await this.registry.digest(this.full.repository, tag))?.digest;
        }
      };
      await Promise.all(Array.from({ length: 16 }, worker));
      return tags.filter((_, index) => digests[index] === digest);
    });
  }

  /**
   * Deletes what stands under the digest, or under the tag alone.
   * @returns false where the registry does not allow it
   */
  async delete(what: "tag" | { readonly digest: string }): Promise<boolean> {
    const reference = what === "tag" ? (this.full.tag ?? "latest") : what.digest;
    try {
      await this.registry.delete(this.full.repository, reference);
      return true;
    } catch (error) {
      // 405: deletion is switched off; 400: this registry deletes by digest only (distribution-spec, "Deleting tags").
      if (error instanceof RegistryError && (error.status === 405 || error.status === 400)) return false;
      throw this.failure("delete", error);
    }
  }

  private get label(): string {
    return this.full.digest ?? this.full.tag ?? "latest";
  }

  private async asking<Answer>(verb: Refusal["verb"], ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await ask();
    } catch (error) {
      throw this.failure(verb, error);
    }
  }

  private failure(verb: Refusal["verb"], error: unknown): SlipwayError {
    const status = error instanceof RegistryError ? error.status : undefined;
    const refusal = {
      reference: this.name,
      message: messageOf(error),
      status,
      found: this.found,
      verb,
      asker: "client",
    } as const;
    return new SlipwayError({ subject: imageSubject(this.name), ...registryFault(refusal) }, { cause: error });
  }
}
