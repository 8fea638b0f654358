import { inspectPlugin } from "../daemon/plugin";
import { SlipwayError } from "../values/fault";
import type { ProviderFunction } from "./function";
import { textOf } from "./value";

/** docker.getPlugin: a plugin of the daemon, by id or alias. */
export const getPlugin: ProviderFunction = {
  token: "docker:index/getPlugin:getPlugin",

  async call(context, args) {
    const name = textOf(args["id"]) ?? textOf(args["alias"]);
    if (name === undefined) {
      throw new SlipwayError({
        subject: "getPlugin",
        problem: "has neither `id` nor `alias`",
        advice: "Give one of them.",
      });
    }
    const found = await inspectPlugin(await context.engine(), name, context.signal);
    if (found === undefined) {
      const advice = "`docker plugin ls` lists those that are.";
      throw new SlipwayError({ subject: `Plugin "${name}"`, problem: "is not on the daemon", advice });
    }
    return {
      alias: found.Name ?? "",
      enabled: found.Enabled ?? false,
      envs: found.Settings?.Env ?? [],
      id: found.Id ?? "",
      name: found.PluginReference ?? "",
      pluginReference: found.PluginReference ?? "",
    };
  },
};
