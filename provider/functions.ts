import type { ProviderFunction } from "./function";

/** Every function of package `docker` that is served. */
export const functions: readonly ProviderFunction[] = [];
