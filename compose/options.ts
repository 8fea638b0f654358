import type { Project } from "./model/project";
import type { Service } from "./model/service";

/** What to load, and how. Everything has the default of `docker compose`. */
export interface LoadOptions {
  /**
   * The compose files, later ones over earlier ones; relative to {@link directory}.
   * @default `COMPOSE_FILE`, else `compose.yaml`, `compose.yml`, `docker-compose.yml` or `docker-compose.yaml` of
   * {@link directory} or the nearest parent, and its `.override` beside it
   */
  readonly files?: readonly string[];
  /** Where relative {@link files} are looked for. @default the working directory of the process */
  readonly directory?: string;
  /** What relative paths in the files start from (`--project-directory`). @default the folder of the first file */
  readonly projectDirectory?: string;
  /** Wins over `name:` and `COMPOSE_PROJECT_NAME` (`--project-name`). @default what they say, else the folder's name */
  readonly projectName?: string;
  /** Profiles to turn on; `*` is all. @default `COMPOSE_PROFILES` */
  readonly profiles?: readonly string[];
  /**
   * Only these services, by their keys, and those that they depend on; one that is named turns its profiles on (`docker
   * compose up SERVICE…`). @default all whose profiles are on
   */
  readonly services?: readonly string[];
  /** Takes in networks, volumes, secrets and configs that no service uses, too (`--all-resources`). @default false */
  readonly allResources?: boolean;
  /** Variables for interpolation; they win over `.env`. @default the environment of the process */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Files of variables (`--env-file`), relative to {@link directory}. @default `.env` of the project's folder, if it is there */
  readonly envFiles?: readonly string[];
  /** False leaves paths as written (`--no-path-resolution`). @default true */
  readonly resolvePaths?: boolean;
  /** False leaves `env_file` unread (`--no-env-resolution`). @default true */
  readonly resolveEnvironment?: boolean;
  /** False leaves the rules of combinations unchecked (`--no-consistency`). @default true */
  readonly checkConsistency?: boolean;
  /** False leaves out defaults that are computed, such as names and the default network (`--no-normalize`). @default true */
  readonly normalize?: boolean;
}

/** A project that was loaded, and what is known about it besides its canonical form. */
export interface LoadedProject {
  /** The canonical project. */
  readonly project: Project;
  /** What compose warns about: obsolete attributes, variables that are not set. */
  readonly warnings: readonly string[];
  /** Absolute path of the project's folder: label `com.docker.compose.project.working_dir`. */
  readonly directory: string;
  /** Absolute paths of the compose files: label `com.docker.compose.project.config_files`. */
  readonly files: readonly string[];
  /** Absolute paths of the files of variables that were given: label `com.docker.compose.project.environment_file`. */
  readonly envFiles: readonly string[];
  /** All variables as interpolation saw them. */
  readonly environment: Readonly<Record<string, string>>;
  /** The services whose profiles are off, and those that are not among the chosen ones, in the same canonical form. */
  readonly inactive: Readonly<Record<string, Service>>;
  /** What secrets and configs with `environment:` hold: `secrets.<key>` or `configs.<key>` to content. Secret. */
  readonly contents: Readonly<Record<string, string>>;
  /** Where an attribute was written, as `file:line:column`; the nearest enclosing one that was. Path: `services.web.ports[0]`. */
  positionOf(path: string): string | undefined;
}
