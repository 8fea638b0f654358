/** The environment variable that names the SDK's own runner to ours; gone before the program starts. */
export const targetVariable = "SLIPWAY_LANGUAGE_HOST_TARGET";

/** The environment variable in which the executable keeps the user's NODE_OPTIONS for the programs. */
export const nodeOptionsVariable = "SLIPWAY_LANGUAGE_HOST_NODE_OPTIONS";

/** The environment variable of a process that is started before the engine asks for the program; gone before it starts. */
export const earlyVariable = "SLIPWAY_LANGUAGE_HOST_EARLY";

/** The environment variable by which the executable says that NODE_COMPILE_CACHE is its own doing, and not for programs. */
export const compileCacheVariable = "SLIPWAY_LANGUAGE_HOST_COMPILE_CACHE";
