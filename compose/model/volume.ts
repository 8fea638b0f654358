import type { Integer } from "../tree";

/** A named volume of the top level (compose specification, "volumes"). */
export interface Volume {
  /** The name on the daemon: `<project>_<key>` unless the file says one. */
  readonly name?: string;
  readonly driver?: string;
  readonly driver_opts?: Readonly<Record<string, string>>;
  /** The volume exists already and is not ours. */
  readonly external?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A config or secret of the top level. */
export interface FileObject {
  /** The name: `<project>_<key>` unless the file says one. */
  readonly name?: string;
  /** Absolute path of the file on the host. */
  readonly file?: string;
  /** The variable whose value is the content. The value itself is in {@link LoadedProject.contents}. */
  readonly environment?: string;
  /** The content as the file says it; configs only. */
  readonly content?: string;
  readonly external?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly driver?: string;
  readonly driver_opts?: Readonly<Record<string, string>>;
  readonly template_driver?: string;
}

/** A mount of a service. */
export interface ServiceVolume {
  readonly type: "bind" | "volume" | "tmpfs" | "npipe" | "cluster" | "image";
  /** Host path, key of a volume, or image. Absent: an anonymous volume or tmpfs. */
  readonly source?: string;
  readonly target?: string;
  readonly read_only?: boolean;
  readonly consistency?: string;
  readonly bind?: BindOptions;
  readonly volume?: VolumeOptions;
  readonly tmpfs?: TmpfsOptions;
  readonly image?: ImageOptions;
}

export interface BindOptions {
  /** `z` shared, `Z` private. */
  readonly selinux?: string;
  readonly propagation?: string;
  /** Only `false` is printed; absent is `true`. */
  readonly create_host_path?: boolean;
  readonly recursive?: string;
}

export interface VolumeOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly nocopy?: boolean;
  readonly subpath?: string;
}

export interface TmpfsOptions {
  /** Bytes, as digits. */
  readonly size?: string;
  /** Mode as a number; YAML's `0o1777` is 1023. */
  readonly mode?: Integer;
}

export interface ImageOptions {
  readonly subpath?: string;
}

/** A config or secret that a service takes. */
export interface ServiceFileObject {
  /** The key of the top level. */
  readonly source?: string;
  /** Path in the container; relative to `/run/secrets` for secrets. */
  readonly target?: string;
  readonly uid?: string;
  readonly gid?: string;
  /** Octal with a leading 0: `0440`. */
  readonly mode?: string;
}
