import type { ProviderFunction } from "./function";
import { getLogs } from "./get-logs";
import { getNetwork } from "./get-network";

/** Every function of package `docker` that is served. */
export const functions: readonly ProviderFunction[] = [getLogs, getNetwork];
