import { serviceInOrder } from "../decode/service";
import { absolute, exists, isFolder, readText } from "../files";
import type { Lookup } from "../interpolation/template";
import { LoadFault } from "../load-fault";
import type { Service } from "../model/service";
import { compareBytes } from "../tree";
import { DotenvError, parseDotenv } from "./dotenv";
import { parseRawEnv } from "./raw-env";

/** What reading a service's files takes from outside. */
export interface ServiceContext {
  readonly lookup: Lookup;
  readonly warn: (warning: string) => void;
  /** What paths start from that were not resolved. */
  readonly folder: string;
}

/** A service with its `env_file` read into `environment`; what the service itself says wins. @throws {@link LoadFault} */
export function withEnvironment(name: string, service: Service, { lookup, warn, folder }: ServiceContext): Service {
  const { env_file: files, environment, ...rest } = service;
  const own = new Map(
    Object.entries(environment ?? {}).map(([key, value]) => [key, value ?? lookup(key) ?? null] as const),
  );
  const read = new Map<string, string>();
  for (const [key, value] of own) if (value !== null) read.set(key, value);
  (files ?? []).forEach((file, index) => {
    const path = ["services", name, "env_file", index];
    readVariables(absolute(folder, file.path ?? ""), file.required === false, file.format ?? "", read, path, {
      lookup: (key) => lookup(key) ?? own.get(key) ?? undefined,
      warn,
    });
  });
  const all = sortedRecord<string | null>(new Map<string, string | null>([...read, ...own]));
  return serviceInOrder({ ...rest, ...(all !== undefined && { environment: all }) });
}

/** A service with its `label_file` read into `labels`; what the service itself says wins. @throws {@link LoadFault} */
export function withLabels(name: string, service: Service, { warn, folder }: ServiceContext): Service {
  const labels = new Map<string, string>();
  (service.label_file ?? []).forEach((file, index) => {
    const path = ["services", name, "label_file", index];
    readVariables(absolute(folder, file), false, "", labels, path, { lookup: (key) => labels.get(key), warn });
  });
  for (const [key, value] of Object.entries(service.labels ?? {})) labels.set(key, value);
  const all = sortedRecord(labels);
  return all === undefined ? service : serviceInOrder({ ...service, labels: all });
}

function readVariables(
  file: string,
  isOptional: boolean,
  format: string,
  variables: Map<string, string>,
  path: readonly (string | number)[],
  context: { readonly lookup: Lookup; readonly warn: (warning: string) => void },
): void {
  if (!exists(file)) {
    if (isOptional) return;
    throw new LoadFault(path, "does not exist", file, "Create the file, or set required: false.");
  }
  if (isFolder(file)) throw new LoadFault(path, "is a folder", file, "Name a file.");
  try {
    const text = readText(file);
    if (format === "raw") parseRawEnv(text, variables, context.lookup);
    else if (format === "" || format === ".env") parseDotenv(text, variables, context);
    else throw new LoadFault([...path, "format"], "is no format of variables", format, "Use raw, or leave it out.");
  } catch (error) {
    if (!(error instanceof DotenvError)) throw error;
    throw new LoadFault(path, `${error.message} (line ${error.line})`, file, "Correct the file.");
  }
}

function sortedRecord<T extends string | null>(
  values: ReadonlyMap<string, T>,
): Readonly<Record<string, T>> | undefined {
  if (values.size === 0) return undefined;
  return Object.fromEntries([...values].sort(([a], [b]) => compareBytes(a, b)));
}
