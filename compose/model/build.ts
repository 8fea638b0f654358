import type { Ulimit } from "./service";
import type { ServiceFileObject } from "./volume";

/** Compose specification, "Compose Build Specification". */
export interface Build {
  /** Absolute path, or a URL. */
  readonly context?: string;
  readonly dockerfile?: string;
  readonly dockerfile_inline?: string;
  readonly entitlements?: readonly string[];
  /** `null`: the value of the environment. */
  readonly args?: Readonly<Record<string, string | null>>;
  readonly provenance?: string;
  readonly sbom?: string;
  /** An id, or an id and the path of its key or socket. */
  readonly ssh?: readonly (string | SshKey)[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly cache_from?: readonly string[];
  readonly cache_to?: readonly string[];
  readonly no_cache?: boolean;
  readonly no_cache_filter?: readonly string[];
  readonly additional_contexts?: Readonly<Record<string, string>>;
  readonly pull?: boolean;
  /** `host=address`, sorted. */
  readonly extra_hosts?: readonly string[];
  readonly isolation?: string;
  readonly network?: string;
  readonly target?: string;
  readonly secrets?: readonly ServiceFileObject[];
  /** Bytes, as digits. */
  readonly shm_size?: string;
  readonly tags?: readonly string[];
  readonly ulimits?: Readonly<Record<string, Ulimit>>;
  readonly platforms?: readonly string[];
  readonly privileged?: boolean;
}

/** An ssh agent socket or key that a build may use. */
export interface SshKey {
  readonly id: string;
  readonly path: string;
}
