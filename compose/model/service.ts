import type { Integer } from "../tree";
import type { ServiceModel } from "./ai-model";
import type { Build } from "./build";
import type { Deploy, DeviceRequest } from "./deploy";
import type { Develop, Hook } from "./lifecycle";
import type { ServiceNetwork } from "./network";
import type { ServiceFileObject, ServiceVolume } from "./volume";

/**
 * A service, with its fields in the order in which compose prints them: the config hash depends on it.
 * `command` and `entrypoint` are always there; `null` is what the image says, `[]` is none.
 */
export interface Service {
  readonly profiles?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whether `up` shows the logs; nothing in the daemon. */
  readonly attach?: boolean;
  readonly build?: Build;
  readonly develop?: Develop;
  readonly blkio_config?: BlkioConfig;
  readonly cap_add?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly cgroup_parent?: string;
  /** `host` or `private`. */
  readonly cgroup?: string;
  readonly cpu_count?: Integer;
  readonly cpu_percent?: number;
  readonly cpu_period?: Integer;
  readonly cpu_quota?: Integer;
  readonly cpu_rt_period?: Integer;
  readonly cpu_rt_runtime?: Integer;
  /** Number of processors, as a 32 bit float prints it. */
  readonly cpus?: number;
  readonly cpuset?: string;
  readonly cpu_shares?: Integer;
  readonly command: readonly string[] | null;
  readonly configs?: readonly ServiceFileObject[];
  readonly container_name?: string;
  readonly credential_spec?: CredentialSpec;
  readonly depends_on?: Readonly<Record<string, Dependency>>;
  readonly deploy?: Deploy;
  readonly device_cgroup_rules?: readonly string[];
  readonly devices?: readonly DeviceMapping[];
  readonly dns?: readonly string[];
  readonly dns_opt?: readonly string[];
  readonly dns_search?: readonly string[];
  readonly dockerfile?: string;
  readonly domainname?: string;
  readonly entrypoint: readonly string[] | null;
  readonly provider?: Provider;
  /** `null`: the variable is neither set here nor in the environment of compose. */
  readonly environment?: Readonly<Record<string, string | null>>;
  /** Only where the environment is not resolved. */
  readonly env_file?: readonly EnvFile[];
  readonly expose?: readonly string[];
  readonly extends?: { readonly file?: string; readonly service?: string };
  readonly external_links?: readonly string[];
  /** `host=address`, sorted. */
  readonly extra_hosts?: readonly string[];
  readonly group_add?: readonly string[];
  readonly gpus?: readonly DeviceRequest[];
  readonly hostname?: string;
  readonly healthcheck?: HealthCheck;
  readonly image?: string;
  readonly init?: boolean;
  readonly ipc?: string;
  readonly isolation?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly label_file?: readonly string[];
  readonly links?: readonly string[];
  readonly logging?: Logging;
  readonly log_driver?: string;
  readonly log_opt?: Readonly<Record<string, string>>;
  /** Bytes, as digits; as are all of `mem_*`, `memswap_limit` and `shm_size`. */
  readonly mem_limit?: string;
  readonly mem_reservation?: string;
  /** -1 is unlimited. */
  readonly memswap_limit?: string;
  /** Percent. */
  readonly mem_swappiness?: string;
  readonly mac_address?: string;
  readonly models?: Readonly<Record<string, ServiceModel | null>>;
  readonly net?: string;
  /** `none`, `host`, `bridge`, `service:<service>`, `container:<name>`, or a network. */
  readonly network_mode?: string;
  readonly networks?: Readonly<Record<string, ServiceNetwork | null>>;
  readonly oom_kill_disable?: boolean;
  readonly oom_score_adj?: Integer;
  readonly pid?: string;
  readonly pids_limit?: Integer;
  readonly platform?: string;
  readonly ports?: readonly ServicePort[];
  readonly privileged?: boolean;
  readonly pull_policy?: string;
  readonly read_only?: boolean;
  readonly restart?: string;
  readonly runtime?: string;
  readonly scale?: Integer;
  readonly secrets?: readonly ServiceFileObject[];
  readonly security_opt?: readonly string[];
  readonly shm_size?: string;
  readonly stdin_open?: boolean;
  /** Go duration. Absent: 10 s. */
  readonly stop_grace_period?: string;
  readonly stop_signal?: string;
  readonly storage_opt?: Readonly<Record<string, string>>;
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly tmpfs?: readonly string[];
  readonly tty?: boolean;
  readonly ulimits?: Readonly<Record<string, Ulimit>>;
  readonly use_api_socket?: boolean;
  readonly user?: string;
  readonly userns_mode?: string;
  readonly uts?: string;
  readonly volume_driver?: string;
  readonly volumes?: readonly ServiceVolume[];
  /** `<service>[:ro]` or `container:<name>[:ro]`. */
  readonly volumes_from?: readonly string[];
  readonly working_dir?: string;
  readonly pre_start?: readonly Hook[];
  readonly post_start?: readonly Hook[];
  readonly pre_stop?: readonly Hook[];
}

export interface BlkioConfig {
  readonly weight?: Integer;
  readonly weight_device?: readonly WeightDevice[];
  readonly device_read_bps?: readonly ThrottleDevice[];
  readonly device_read_iops?: readonly ThrottleDevice[];
  readonly device_write_bps?: readonly ThrottleDevice[];
  readonly device_write_iops?: readonly ThrottleDevice[];
}

/** Compose prints these with capital letters. */
export interface WeightDevice {
  readonly Path: string;
  readonly Weight: Integer;
}

/** Compose prints these with capital letters. */
export interface ThrottleDevice {
  readonly Path: string;
  /** Bytes or operations a second, as digits. */
  readonly Rate: string;
}

export interface CredentialSpec {
  readonly config?: string;
  readonly file?: string;
  readonly registry?: string;
}

export interface Dependency {
  readonly condition?: "service_started" | "service_healthy" | "service_completed_successfully";
  /** The dependent is restarted when compose restarts or recreates this one. */
  readonly restart?: boolean;
  readonly required: boolean;
}

export interface DeviceMapping {
  readonly source?: string;
  readonly target?: string;
  /** Some of `rwm`. */
  readonly permissions?: string;
}

export interface EnvFile {
  readonly path?: string;
  /** Only `false` is printed; absent is `true`. */
  readonly required?: boolean;
  /** `raw` or absent. */
  readonly format?: string;
}

/** Durations are Go's. */
export interface HealthCheck {
  /** `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", line]`. */
  readonly test?: readonly string[];
  readonly timeout?: string;
  readonly interval?: string;
  readonly retries?: Integer;
  readonly start_period?: string;
  readonly start_interval?: string;
  readonly disable?: boolean;
}

export interface Logging {
  readonly driver?: string;
  readonly options?: Readonly<Record<string, string>>;
}

/** A service that a plugin of compose runs. */
export interface Provider {
  readonly type?: string;
  readonly options?: Readonly<Record<string, readonly string[]>>;
}

export interface ServicePort {
  readonly name?: string;
  /** `ingress` (the default) or `host`; of no effect without a swarm. */
  readonly mode?: string;
  readonly host_ip?: string;
  readonly target?: Integer;
  /** A port or a range `6005-6015`. Absent: the daemon's choice. */
  readonly published?: string;
  readonly protocol?: string;
  readonly app_protocol?: string;
}

/** One number for both limits, or each. An absent limit is 0. */
export type Ulimit = Integer | { readonly soft?: Integer; readonly hard?: Integer };
