import type { RegistryImageArgs } from "@pulumi/docker";
import { inspectImage, listDigests } from "../daemon/image";
import { pushImage } from "../daemon/image-transfer";
import { imageSubject } from "../daemon/registry-fault";
import { type Fault, isSlipwayError, SlipwayError } from "../values/fault";
import { canonicalReference, fullReference, isImageId, parseImageReference } from "../values/image-reference";
import { buildBlock } from "./build-block";
import { withDefaults } from "./check";
import type { Claim } from "./deployment";
import type { Rules } from "./diff";
import { imageClaim, localImage } from "./image-source";
import { loginsOf, ownLogin } from "./registry-logins";
import { RemoteTag } from "./remote-registry";
import type { Context, Found, Resource } from "./resource";
import { subjectOf } from "./urn";
import { flagOf, isEmpty, objectOf, type Properties, textOf, unknown, type Value } from "./value";

const whenTrue = (value: Value): Value => (value === true ? true : null);

const rules: Rules<RegistryImageArgs> = {
  authConfig: { on: "update", meaning: authMeaning },
  // Not "replace" as a word: the official plugin does not list the block among what is stable.
  build: { on: () => "replace", meaning: (value) => buildBlock.meaning(value) },
  insecureSkipVerify: { on: "update", meaning: whenTrue },
  keepRemotely: { on: "update", meaning: whenTrue },
  name: { on: "replace", meaning: (value) => (typeof value === "string" ? canonicalReference(value) : value) },
  triggers: { on: "replace" },
};

/** Default timeouts as the official plugin keeps them, in nanoseconds. */
const meta =
  '{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":1200000000000,"delete":1200000000000,"update":1200000000000}}';

/** docker.RegistryImage: an image of the daemon, pushed to the registry that its name says. Its id is the manifest's digest. */
export const registryImage: Resource = {
  token: "docker:index/registryImage:RegistryImage",
  rules,
  secrets: ["authConfig.password", ...buildBlock.secrets],
  hasSharedIds: true,

  async check(_olds, news, request) {
    const subject = `RegistryImage "${request.name}"`;
    const inputs = withDefaults(news, {}, { build: buildBlock.defaults, authConfig: {} });
    const faults: Fault[] = [];
    const name = inputs["name"];
    const parsed = typeof name === "string" && !isImageId(name) ? parseImageReference(name) : undefined;
    const advice = "Write it as [REGISTRY/]REPOSITORY[:TAG], in lower case.";
    if (name !== unknown && textOf(name) === undefined) {
      faults.push({ subject, path: "name", problem: "is missing", advice });
    } else if (name !== unknown && parsed === undefined) {
      faults.push({ subject, path: "name", value: name, problem: "is not an image reference", advice });
    } else if (parsed?.digest !== undefined) {
      const problem = "names a digest, and only a tag can be pushed";
      faults.push({ subject, path: "name", value: name, problem, advice: "Take the digest off." });
    }
    const auth = inputs["authConfig"];
    if (!isEmpty(auth) && auth !== unknown && objectOf(auth)["address"] !== unknown) {
      const address = textOf(objectOf(auth)["address"]);
      if (address === undefined) {
        faults.push({
          subject,
          path: "authConfig.address",
          problem: "is missing",
          advice: "Name the registry's host.",
        });
      }
    }
    if (!isEmpty(inputs["build"]) && inputs["build"] !== unknown) {
      faults.push(...(await buildBlock.faults(inputs["build"], subject)));
    }
    return { inputs, faults };
  },

  claims(inputs) {
    const name = textOf(inputs["name"]);
    if (name === undefined) return [];
    const built = isEmpty(inputs["build"]) ? [] : buildBlock.tags(name, inputs["build"]).map(imageClaim);
    return [pushClaim(name), ...built];
  },

  /** Only what the daemon has can be pushed, now or by what this program does. */
  async verify(context, inputs, old) {
    const name = textOf(inputs["name"]);
    if (old === undefined) buildBlock.warn(context, inputs["build"]);
    if (name === undefined || old !== undefined || !isEmpty(inputs["build"])) return [];
    const comes = (): boolean => context.deployment.isHeld(imageClaim(name));
    if ((await isHere(context, name)) || (await context.deployment.expect(comes, context.signal))) return [];
    const problem = "is not on the daemon, so there is nothing to push";
    const advice = "Give an image that name with a Tag or an Image of this program.";
    return [{ subject: subjectOf(context.urn), path: "name", value: name, problem, advice }];
  },

  plan(inputs, old) {
    return stateOf(inputs, old?.["sha256Digest"] ?? unknown);
  },

  async create(context, inputs) {
    const name = textOf(inputs["name"]) ?? "";
    if (!isEmpty(inputs["build"])) await buildBlock.build(context, name, inputs["build"] ?? null);
    if ((await localImage(context, name)) === undefined) {
      const problem = "is not on the daemon, so there is nothing to push";
      const advice = "Give an image that name with a Tag or an Image of this program.";
      throw new SlipwayError({ subject: imageSubject(name), problem, advice });
    }
    const registry = fullReference(name)?.registry ?? "";
    const found = ownLogin(inputs["authConfig"]) ?? (await loginsOf(context).find(registry));
    const onProgress = (line: string): void => context.log(line, "status");
    const options = { found, onProgress, signal: context.signal };
    const { digest, summary } = await pushImage(await context.engine(), name, options);
    context.log(summary);
    return { id: digest, state: stateOf(inputs, digest) };
  },

  /**
   * Asks the registry. A name that stands for another image than the one that was pushed shows as changed. A registry that
   * does not answer is a warning: what was pushed is not gone because nobody can be asked.
   */
  async read(context, id, inputs, state): Promise<Found | undefined> {
    if (inputs === undefined) return imported(context, id);
    const name = textOf(state["name"]) ?? textOf(inputs["name"]) ?? "";
    const pushed = textOf(state["sha256Digest"]) ?? id;
    const spelt = textOf(inputs["name"]) ?? name;
    const known: Properties = {
      ...inputs,
      name: canonicalReference(spelt) === canonicalReference(name) ? spelt : name,
    };
    const found = { id, inputs: known, state: stateOf({ ...known, name }, pushed, true) };
    let digest: string | undefined;
    try {
      digest = await (await RemoteTag.of(context, name, inputs)).digest();
    } catch (error) {
      if (!isSlipwayError(error)) throw error;
      context.log(`${error.message} What was pushed is taken to be there.`, "warning");
      return found;
    }
    if (digest === undefined) return undefined;
    if (digest === pushed) return found;
    const remark = `holds ${digest.slice(0, "sha256:".length + 12)}, which was not pushed from here`;
    return { ...found, inputs: { ...known, name: `${name} (${remark})` } };
  },

  update(_context, _id, _olds, news, state) {
    return Promise.resolve(stateOf(news, state["sha256Digest"] ?? null));
  },

  /** Deletes the manifest, unless it is to be kept, or other tags stand for it: then the tag alone, if the registry can. */
  async delete(context, id, inputs, state) {
    const asked = { ...state, ...inputs };
    if (flagOf(asked["keepRemotely"]) === true) return;
    const name = textOf(state["name"]) ?? "";
    const digest = textOf(state["sha256Digest"]) ?? id;
    const remote = await RemoteTag.of(context, name, asked);
    const isOurs = (await remote.digest()) === digest;
    // The replacement has pushed the same again.
    if (isOurs && context.deployment.holder(pushClaim(name)) !== undefined) return;
    const others = await remote.othersOf(digest);
    if (others.length > 0 && !isOurs) return;
    const isGone = await remote.delete(others.length > 0 ? "tag" : { digest });
    if (isGone) return;
    const why =
      others.length > 0
        ? `it deletes whole images only, and ${others.slice(0, 5).join(", ")} stands for the same one`
        : "it does not allow deletion";
    context.log(`${imageSubject(name)} stays in its registry: ${why}.`, "warning");
  },
};

/** The login with its address as what it means: a host, or one that speaks plain HTTP. */
function authMeaning(value: Value): Value {
  const { address, ...rest } = objectOf(value);
  const text = textOf(address);
  if (text === undefined) return value;
  const host = text.replace(/^https:\/\//, "").replace(/(?<!\/)\/(v[12]\/?)?$/, "");
  return { ...rest, address: host };
}

/** The name in a registry, which two resources of one program can't both push. */
function pushClaim(name: string): Claim {
  return { kind: "pushed image", name: canonicalReference(name) };
}

async function isHere(context: Context, name: string): Promise<boolean> {
  return (await inspectImage(await context.engine(), name, context.signal)) !== undefined;
}

function stateOf(inputs: Properties, digest: Value, isRead = false): Properties {
  const { __defaults: _, ...auth } = objectOf(inputs["authConfig"]);
  return {
    __meta: meta,
    authConfig: isEmpty(inputs["authConfig"]) ? null : inputs["authConfig"] === unknown ? unknown : auth,
    build: buildBlock.state(inputs["build"], isRead),
    insecureSkipVerify: inputs["insecureSkipVerify"] ?? false,
    keepRemotely: inputs["keepRemotely"] ?? false,
    name: inputs["name"] ?? null,
    sha256Digest: digest,
    triggers: inputs["triggers"] ?? null,
  };
}

/** An import by name, or by the digest where the daemon knows an image by it. */
async function imported(context: Context, id: string): Promise<Found | undefined> {
  const digestOf = async (name: string) => (await RemoteTag.of(context, name, {})).digest();
  if (!isImageId(id)) {
    const digest = await digestOf(id);
    return digest === undefined ? undefined : importedAs(id, digest);
  }
  let unanswered: unknown;
  for (const name of await namesByDigest(context, id)) {
    try {
      if ((await digestOf(name)) === id) return importedAs(name, id);
    } catch (error) {
      // Images in containerd have a digest under every name, also under those that no registry knows.
      if (!isSlipwayError(error)) throw error;
      unanswered ??= error;
    }
  }
  if (unanswered !== undefined) throw unanswered;
  const problem = "is in none of the registries that images of the daemon are from";
  throw new SlipwayError({ subject: `Digest ${id}`, problem, advice: "Import it by its name." });
}

function importedAs(name: string, digest: string): Found {
  const inputs = { __defaults: [], name };
  return { id: digest, inputs, state: stateOf(inputs, digest) };
}

async function namesByDigest(context: Context, digest: string): Promise<string[]> {
  const images = await listDigests(await context.engine(), context.signal);
  return images.flatMap(({ id, tags, digests }) => {
    if (id === digest) return tags;
    const known = digests.filter((one) => one.endsWith(`@${digest}`)).map((one) => one.slice(0, one.indexOf("@")));
    return tags.filter((tag) => known.includes(tag.replace(/:[^:/]+$/, "")));
  });
}
