import type { Integer } from "../tree";

/** Compose specification, "Compose Deploy Specification". */
export interface Deploy {
  readonly mode?: string;
  readonly replicas?: Integer;
  readonly labels?: Readonly<Record<string, string>>;
  readonly update_config?: UpdateConfig;
  readonly rollback_config?: UpdateConfig;
  /** Always there, empty when the file says nothing. */
  readonly resources: Resources;
  readonly restart_policy?: RestartPolicy;
  /** Always there, empty when the file says nothing. */
  readonly placement: Placement;
  readonly endpoint_mode?: string;
}

export interface UpdateConfig {
  readonly parallelism?: Integer;
  /** Go duration: `1m30s`. */
  readonly delay?: string;
  readonly failure_action?: string;
  /** Go duration. */
  readonly monitor?: string;
  readonly max_failure_ratio?: number;
  readonly order?: string;
}

export interface Resources {
  readonly limits?: Resource;
  readonly reservations?: Resource;
}

export interface Resource {
  /** Number of processors, as a 32 bit float prints it. */
  readonly cpus?: number;
  /** Bytes, as digits. */
  readonly memory?: string;
  readonly pids?: Integer;
  readonly devices?: readonly DeviceRequest[];
  readonly generic_resources?: readonly GenericResource[];
}

export interface GenericResource {
  readonly discrete_resource_spec?: { readonly kind: string; readonly value: Integer };
}

/** GPUs and the like: `deploy.resources.reservations.devices` and `gpus`. */
export interface DeviceRequest {
  readonly capabilities?: readonly string[];
  readonly driver?: string;
  /** -1 is all. */
  readonly count?: Integer;
  readonly device_ids?: readonly string[];
  readonly options?: Readonly<Record<string, string>>;
}

export interface RestartPolicy {
  readonly condition?: string;
  /** Go duration. */
  readonly delay?: string;
  readonly max_attempts?: Integer;
  /** Go duration. */
  readonly window?: string;
}

export interface Placement {
  readonly constraints?: readonly string[];
  readonly preferences?: readonly { readonly spread?: string }[];
  readonly max_replicas_per_node?: Integer;
}
