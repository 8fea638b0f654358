import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where things that can be made again are kept, shared by all projects of this user: SLIPWAY_CACHE, else XDG's folder. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment["SLIPWAY_CACHE"];
  return own ? resolve(own) : join(environment["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "slipway");
}
