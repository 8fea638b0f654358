import { flushCompileCache } from "node:module";
import { homedir } from "node:os";
import { Engine } from "../daemon/client";
import { resolveEndpoint } from "../daemon/endpoint";
import { functions } from "./functions";
import { resourceTypes } from "./resources";
import { serve, serviceOf } from "./server";
import { textOf } from "./value";

/** The resource plugin `docker`: it prints its port as the first line of its output, as Pulumi expects of a plugin. */
async function main(): Promise<void> {
  const implementation = serviceOf({
    resources: resourceTypes,
    functions,
    engineAddress: process.argv.at(2),
    connect: async (settings, signal) => {
      const host = textOf(settings["host"]);
      const context = textOf(settings["context"]);
      const endpoint = await resolveEndpoint({
        ...(host === undefined ? {} : { host }),
        ...(context === undefined ? {} : { context }),
        env: process.env,
        home: homedir(),
      });
      return Engine.connect(endpoint, { signal });
    },
  });
  const port = await serve(implementation);
  process.stdout.write(`${port}\n`);
  // Plugins are killed, not asked to end, so the cache is written now.
  flushCompileCache();
}

void main();
