import { imageSubject } from "../daemon/registry-fault";
import { SlipwayError } from "../values/fault";
import { nameArgument } from "./arguments";
import type { ProviderFunction } from "./function";
import { RemoteTag } from "./remote-registry";
import type { Value } from "./value";

/** docker.getRegistryImageManifests: the images of a list, one for each platform. */
export const getRegistryImageManifests: ProviderFunction = {
  token: "docker:index/getRegistryImageManifests:getRegistryImageManifests",
  secrets: ["authConfig.password"],

  async call(context, args) {
    const name = nameArgument("getRegistryImageManifests", args);
    const remote = await RemoteTag.of(context, name, args);
    const manifest = await remote.manifest();
    if (manifest === undefined) throw remote.absence;
    const listed = field(manifest.content, "manifests");
    if (!Array.isArray(listed)) {
      const advice = "Use getRegistryImage for the digest of a single image.";
      throw new SlipwayError({ subject: imageSubject(name), problem: "is one image and no list of several", advice });
    }
    return { ...args, id: remote.path, manifests: listed.map(entryOf) };
  },
};

function entryOf(entry: unknown): Value {
  const platform = field(entry, "platform");
  return {
    architecture: text(platform, "architecture"),
    mediaType: text(entry, "mediaType"),
    os: text(platform, "os"),
    sha256Digest: text(entry, "digest"),
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === "string" ? found : "";
}
