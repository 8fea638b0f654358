import { inspectImage } from "../daemon/image";
import { imageSubject } from "../daemon/registry-fault";
import { SlipwayError } from "../values/fault";
import { nameArgument } from "./arguments";
import type { ProviderFunction } from "./function";
import { repoDigestOf } from "./remote-image/state";

/** docker.getRemoteImage: an image that the daemon has. A function changes nothing, so it pulls none. */
export const getRemoteImage: ProviderFunction = {
  token: "docker:index/getRemoteImage:getRemoteImage",

  async call(context, args) {
    const name = nameArgument("getRemoteImage", args);
    const image = await inspectImage(await context.engine(), name, context.signal);
    if (image !== undefined) return { id: image.Id ?? "", name, repoDigest: repoDigestOf(name, image) };
    const advice = "Pull it with a RemoteImage, and ask for what that has as output.";
    throw new SlipwayError({ subject: imageSubject(name), problem: "is not on the daemon", advice });
  },
};
