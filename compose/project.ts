import { loadDocument } from "./compose-document";
import { checkConsistency } from "./consistency";
import { serviceInOrder } from "./decode/service";
import { findDependencyCycle } from "./dependency-cycle";
import { type ServiceContext, withEnvironment, withLabels } from "./environment/service-environment";
import { warnOfExtensionKeys } from "./extension-keys";
import { ComposeError } from "./fault";
import { absolute } from "./files";
import { type Variable, variablesOf } from "./interpolation/variables";
import { goJson } from "./json";
import { LoadFault } from "./load-fault";
import { Loading, type Treatment } from "./loading";
import type { Project } from "./model/project";
import type { Service } from "./model/service";
import { contentsOf, modelOf, plainValue } from "./model-of";
import { normalize } from "./normalize";
import type { LoadedProject, LoadOptions } from "./options";
import { findProjectFiles, type ProjectFiles } from "./project-files";
import { projectNameOf } from "./project-name";
import { type Split, select, splitByProfile } from "./selection";
import type { Mapping } from "./tree";

/** A document before it is a model, and what it was made of. */
interface LoadedDocument {
  readonly document: Mapping;
  readonly name: string;
  readonly found: ProjectFiles;
  readonly loading: Loading;
  readonly subject: string;
}

/**
 * Loads a compose project as `docker compose` does: the same model, the same refusals at the same stage, the same warnings.
 * @throws {@link ComposeError} with every fault of the stage at which it ended
 */
export function loadProject(options: LoadOptions = {}): LoadedProject {
  return guarded(() => {
    const loaded = load(options, { interpolates: true, validates: true });
    const { document, name, found, loading, subject } = loaded;
    if (options.normalize !== false) {
      loading.during("load", subject, () => normalize(document, { projectName: name, environment: found.environment }));
    }
    warnOfExtensionKeys(document, loading.warn);
    const { project, services } = loading.during("load", subject, () => modelOf(document, name));
    const profiles = profilesOf(options, found.environment);
    const named = options.services ?? [];
    const split = splitByProfile(services, profiles, named);
    const checked = options.checkConsistency === false ? split.active : consistent(project, split, loading, subject);
    const chosen =
      named.length === 0
        ? { ...split, active: checked }
        : loading.during("load", subject, () => select({ ...split, active: checked }, named));
    const active = mapServices(chosen.active, (service, key) => complete(service, key, options, loaded));
    const all: Project = { ...project, services: active };
    const whole = options.allResources === true ? all : withOnlyUsed(all);
    if (options.checkConsistency !== false) checkContainerNames(whole, loading, subject);
    return {
      project: whole,
      warnings: [...found.warnings, ...loading.warnings],
      directory: found.directory,
      files: found.files,
      envFiles: options.envFiles === undefined ? [] : found.envFiles,
      environment: Object.fromEntries(found.environment),
      inactive: chosen.inactive,
      contents: contentsOf(document, found.environment),
      positionOf: (path) => loading.sources.positionOf(parsePath(path)),
    };
  });
}

/** The document with variables as written, as `docker compose config --no-interpolate` prints it. */
export function loadTemplate(options: LoadOptions = {}): Readonly<Record<string, unknown>> {
  return guarded(() => {
    const { document, name, found, loading, subject } = load(options, { interpolates: false, validates: true });
    if (options.normalize !== false) {
      loading.during("load", subject, () => normalize(document, { projectName: name, environment: found.environment }));
    }
    const plain = plainValue(document);
    return typeof plain === "object" && plain !== null ? { ...plain } : {};
  });
}

/** The variables that the files name (`docker compose config --variables`), by their names. */
export function loadVariables(options: LoadOptions = {}): ReadonlyMap<string, Variable> {
  return guarded(() => {
    const { document, name, found, loading, subject } = load(options, { interpolates: false, validates: false });
    loading.during("load", subject, () => normalize(document, { projectName: name, environment: found.environment }));
    return variablesOf(document);
  });
}

/** The environment that interpolation sees (`docker compose config --environment`). */
export function loadEnvironment(options: LoadOptions = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(findProjectFiles(options).environment);
}

/** What `docker compose config --format json` prints, without its white space: keys sorted, `$` doubled, models left out. */
export function canonicalJson(project: Project): string {
  const { models, ...printed } = project;
  const sorted = Object.fromEntries(Object.entries(printed).sort(([a], [b]) => (a < b ? -1 : 1)));
  return goJson(sorted).replaceAll("$", "$$$$");
}

function load(options: LoadOptions, how: Pick<Treatment, "interpolates" | "validates">): LoadedDocument {
  const found = findProjectFiles(options);
  const { environment, directory } = found;
  const loading = new Loading(directory, environment.get("HOME"));
  const files = found.files.map((file) => loading.read(file));
  const name = projectNameOf(options.projectName, files, directory, environment, loading, how.interpolates);
  // Without interpolation compose knows no variable but this one.
  if (!how.interpolates) environment.clear();
  environment.set("COMPOSE_PROJECT_NAME", name);
  const treatment: Treatment = {
    ...how,
    includes: true,
    extends: true,
    defaults: true,
    resolvesPaths: options.resolvePaths !== false,
    fileBase: directory,
    pathBase: directory,
    environment,
  };
  const document = loadDocument(found.files, loading, treatment, []);
  const subject = found.files[0] ?? "compose file";
  if (Object.keys(document).length === 0) {
    throw new ComposeError("load", { subject, problem: "is empty", advice: "Declare services." });
  }
  if (name === "" && how.validates) {
    const at = loading.sources.positionOf(["name"]);
    throw new ComposeError("load", {
      subject,
      path: "name",
      problem: "leaves no name for the project",
      advice: "Set name to small letters, digits, _ and -.",
      ...(at !== undefined && { line: at }),
    });
  }
  return { document, name, found, loading, subject };
}

function profilesOf(options: LoadOptions, environment: ReadonlyMap<string, string>): readonly string[] {
  if (options.profiles !== undefined && options.profiles.length > 0) return options.profiles;
  return (environment.get("COMPOSE_PROFILES") ?? "").split(",").map((profile) => profile.trim());
}

/** Refuses what does not fit together; `scale` is said by `deploy.replicas`, too, from here on. */
function consistent(
  project: Omit<Project, "services">,
  { active, inactive }: Split,
  loading: Loading,
  subject: string,
): Readonly<Record<string, Service>> {
  const faults = checkConsistency({
    project: { ...project, services: active, name: project["name"] as string },
    inactive,
  });
  if (faults.length > 0) throw loading.sources.error("consistency", faults, subject);
  const cycle = findDependencyCycle(active);
  if (cycle !== undefined) throw loading.sources.error("consistency", [cycle], subject);
  return mapServices(active, (service) => {
    if (service.scale === undefined || service.deploy === undefined) return service;
    const { mode, replicas: _, ...rest } = service.deploy;
    return { ...service, deploy: { ...(mode !== undefined && { mode }), replicas: service.scale, ...rest } };
  });
}

function complete(service: Service, name: string, options: LoadOptions, loaded: LoadedDocument): Service {
  const { found, loading, subject } = loaded;
  const context: ServiceContext = {
    lookup: (key) => found.environment.get(key),
    warn: loading.warn,
    folder: absolute(process.cwd(), options.directory ?? ""),
  };
  return loading.during("load", subject, () => {
    const resolved = options.resolveEnvironment === false ? service : withEnvironment(name, service, context);
    return serviceInOrder(withLabels(name, resolved, context));
  });
}

/** Compose leaves out what no service that is on uses. */
function withOnlyUsed(project: Project): Project {
  const services = Object.values(project.services);
  const used = {
    networks: services.flatMap((service) => Object.keys(service.networks ?? {})),
    volumes: services.flatMap(({ volumes = [] }) =>
      volumes.flatMap(({ type, source }) => (type === "volume" && source !== undefined ? [source] : [])),
    ),
    secrets: services.flatMap(({ secrets = [], build }) =>
      [...secrets, ...(build?.secrets ?? [])].flatMap(({ source }) => source ?? []),
    ),
    configs: services.flatMap(({ configs = [] }) => configs.flatMap(({ source }) => source ?? [])),
    models: services.flatMap((service) => Object.keys(service.models ?? {})),
  };
  const { networks, volumes, secrets, configs, models, ...rest } = project;
  return {
    ...rest,
    ...only("networks", networks, used.networks),
    ...only("volumes", volumes, used.volumes),
    ...only("secrets", secrets, used.secrets),
    ...only("configs", configs, used.configs),
    ...only("models", models, used.models),
  };
}

function only<K extends string, T>(
  kind: K,
  resources: Readonly<Record<string, T>> | undefined,
  names: readonly string[],
): { [key in K]?: Readonly<Record<string, T>> } {
  const isUsed = new Set(names);
  const kept = Object.entries(resources ?? {}).filter(([name]) => isUsed.has(name));
  return kept.length === 0 ? {} : ({ [kind]: Object.fromEntries(kept) } as { [key in K]: Readonly<Record<string, T>> });
}

function checkContainerNames(project: Project, loading: Loading, subject: string): void {
  const taken = new Map<string, string>();
  const faults: LoadFault[] = [];
  for (const [name, { container_name: containerName }] of Object.entries(project.services)) {
    if (containerName === undefined) continue;
    const other = taken.get(containerName);
    if (other !== undefined) {
      const path = ["services", name, "container_name"];
      faults.push(
        new LoadFault(path, `is the name of ${other}'s container already`, containerName, "Use another name."),
      );
    }
    taken.set(containerName, name);
  }
  if (faults.length > 0) throw loading.sources.error("consistency", faults, subject);
}

function mapServices(
  services: Readonly<Record<string, Service>>,
  change: (service: Service, name: string) => Service,
): Readonly<Record<string, Service>> {
  return Object.fromEntries(Object.entries(services).map(([name, service]) => [name, change(service, name)] as const));
}

function parsePath(path: string): readonly (string | number)[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, quoted, index, name]) =>
    index !== undefined ? Number(index) : (quoted ?? name ?? ""),
  );
}

/** A document that nests too deeply for the stack ends as a fault like any other. */
function guarded<T>(load: () => T): T {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const fault = {
      subject: "compose file",
      problem: "is nested too deeply",
      advice: "Check that it is a compose file.",
    };
    throw new ComposeError("yaml", fault, { cause: error });
  }
}
