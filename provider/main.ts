import { flushCompileCache } from "node:module";
import { join } from "node:path";
import { Engine } from "../daemon/client";
import { type Endpoint, resolveEndpoint } from "../daemon/endpoint";
import { daemonId } from "../daemon/identity";
import { cacheFolder } from "../values/cache-folder";
import { describeFault } from "../values/fault";
import { nodeFault } from "../values/node-version";
import { whenParentIsGone } from "../values/parent";
import { ChangeMark } from "./change-mark";
import { endAfterCrash } from "./crash";
import { Deployment } from "./deployment";
import { functions } from "./functions";
import { engineParallelism } from "./parallelism";
import { resourceTypes } from "./resources";
import { serve } from "./serve";
import { serviceOf } from "./server";
import { endpointQuery } from "./settings";
import { Siblings } from "./siblings";
import { type Properties, textsOf } from "./value";

/** The resource plugin `docker`: it prints its port as the first line of its output, as Pulumi expects of a plugin. */
async function main(): Promise<void> {
  const fault = nodeFault();
  if (fault !== undefined) {
    process.stderr.write(`slipway: ${describeFault(fault)}\n`);
    process.exit(1);
  }
  let endpoint: Promise<Endpoint> | undefined;
  // The settings are those of this process from Configure on.
  const endpointOf = (settings: Properties): Promise<Endpoint> =>
    (endpoint ??= resolveEndpoint(endpointQuery(settings)));
  const siblings = new Siblings(join(cacheFolder(), "runs"));
  const deployment = new Deployment(engineParallelism(), siblings);
  const gone = new AbortController();
  const implementation = serviceOf({
    deployment,
    siblings,
    gone: gone.signal,
    mark: new ChangeMark(join(cacheFolder(), "changing")),
    resources: resourceTypes,
    functions,
    isListing: process.env["SLIPWAY_LISTING"] === "true",
    engineAddress: process.argv.at(2),
    env: process.env,
    connect: async (settings, signal) => {
      return Engine.connect(await endpointOf(settings), { signal, sshOpts: textsOf(settings["sshOpts"]) });
    },
    locate: async (settings) => (await endpointOf(settings)).url,
    identify: daemonId,
  });
  // A change that is under way when the engine is killed ends as by Ctrl-C: what served before serves again, as the state says.
  whenParentIsGone(() => {
    gone.abort(new Error("the engine is gone"));
    void deployment.idle().then(() => process.exit(0));
  }, process.argv.at(2));
  endAfterCrash(deployment, (why) => gone.abort(why));
  const { port } = await serve(implementation);
  process.stdout.write(`${port}\n`);
  // Plugins are killed, not asked to end, so the cache is written now.
  flushCompileCache();
}

void main();
