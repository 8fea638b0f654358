/** The environment variable that names the SDK's own runner to ours; gone before the program starts. */
export const targetVariable = "SLIPWAY_LANGUAGE_HOST_TARGET";

/** The environment variable in which the executable keeps the user's NODE_OPTIONS for the programs. */
export const nodeOptionsVariable = "SLIPWAY_LANGUAGE_HOST_NODE_OPTIONS";
