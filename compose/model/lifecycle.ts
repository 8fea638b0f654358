/** A command at a moment of a service's life. */
export interface Hook {
  readonly command: readonly string[] | null;
  /** Only of `pre_start`: the image of its container. */
  readonly image?: string;
  readonly user?: string;
  readonly privileged?: boolean;
  readonly working_dir?: string;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly per_replica?: boolean;
}

/** Compose specification, "Compose Develop Specification". */
export interface Develop {
  readonly watch?: readonly WatchTrigger[];
}

export interface WatchTrigger {
  readonly path: string;
  readonly action: string;
  readonly target?: string;
  /** Always there; its command is `null` when the file says nothing. */
  readonly exec: Hook;
  readonly include?: readonly string[];
  readonly ignore?: readonly string[];
  readonly initial_sync?: boolean;
}
