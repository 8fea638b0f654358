import type { Integer } from "../tree";

/** A model of the top level (compose specification, "models"). */
export interface Model {
  readonly name?: string;
  /** The model's OCI artifact. */
  readonly model?: string;
  /** The largest number of tokens. */
  readonly context_size?: Integer;
  readonly runtime_flags?: readonly string[];
}

/** How a service is told about a model: names of environment variables. */
export interface ServiceModel {
  readonly endpoint_var?: string;
  readonly model_var?: string;
}
