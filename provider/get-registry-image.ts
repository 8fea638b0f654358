import { nameArgument } from "./arguments";
import type { ProviderFunction } from "./function";
import { RemoteTag } from "./remote-registry";

/** docker.getRegistryImage: the digest that a tag stands for in its registry now. */
export const getRegistryImage: ProviderFunction = {
  token: "docker:index/getRegistryImage:getRegistryImage",

  async call(context, args) {
    const name = nameArgument("getRegistryImage", args);
    const remote = await RemoteTag.of(context, name, args);
    const digest = await remote.digest();
    if (digest === undefined) throw remote.absence;
    return { ...args, id: digest, sha256Digest: digest };
  },
};
