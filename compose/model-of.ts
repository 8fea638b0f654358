import type { Decoder } from "./decode/decoder";
import { sorted } from "./decode/decoder";
import * as resource from "./decode/resources";
import { service } from "./decode/service";
import { LoadFault } from "./load-fault";
import type { Project } from "./model/project";
import type { Service } from "./model/service";
import { Float, isList, isMapping, type Mapping, mapping, Timestamp, type Value } from "./tree";

/** A document in long form → the typed model, with every service. @throws {@link LoadFault} */
export function modelOf(
  document: Mapping,
  name: string,
): { readonly project: Omit<Project, "services">; readonly services: Readonly<Record<string, Service>> } {
  const networks = resourcesOf(document, "networks", resource.network);
  const volumes = resourcesOf(document, "volumes", resource.volume);
  const secrets = resourcesOf(document, "secrets", resource.fileObject);
  const configs = resourcesOf(document, "configs", resource.fileObject);
  const models = resourcesOf(document, "models", resource.model);
  const extensions = Object.entries(document).filter(([key]) => key.startsWith("x-"));
  return {
    project: {
      name,
      ...(networks !== undefined && { networks }),
      ...(volumes !== undefined && { volumes }),
      ...(secrets !== undefined && { secrets: mapValues(secrets, ({ content, ...secret }) => secret) }),
      ...(configs !== undefined && { configs: mapValues(configs, withoutResolvedContent) }),
      ...(models !== undefined && { models }),
      ...Object.fromEntries(extensions.map(([key, value]) => [key, plainValue(value)] as const)),
    },
    services: resourcesOf(document, "services", service) ?? {},
  };
}

/** What the variables of secrets and configs hold. */
export function contentsOf(
  document: Mapping,
  environment: ReadonlyMap<string, string>,
): Readonly<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const kind of ["secrets", "configs"]) {
    const objects = document[kind];
    if (!isMapping(objects)) continue;
    for (const [key, object] of Object.entries(objects)) {
      const variable = isMapping(object) ? object["environment"] : undefined;
      const value = typeof variable === "string" ? environment.get(variable) : undefined;
      if (value !== undefined) contents[`${kind}.${key}`] = value;
    }
  }
  return contents;
}

function resourcesOf<T>(document: Mapping, kind: string, decoder: Decoder<T>): Readonly<Record<string, T>> | undefined {
  const resources = document[kind];
  if (resources === undefined || resources === null) return undefined;
  if (!isMapping(resources)) throw new LoadFault([kind], "is no mapping", resources, "Give a mapping.");
  const read = Object.keys(resources).map((key) => {
    const made = decoder(resources[key] ?? mapping(), [kind, key]);
    if (made === undefined) throw new LoadFault([kind, key], "is empty");
    return [key, made] as const;
  });
  return sorted(read);
}

/** The content of a config that comes from a variable is not printed. */
function withoutResolvedContent<T extends { readonly environment?: string; readonly content?: string }>(config: T): T {
  if (config.environment === undefined || config.content === undefined) return config;
  const { content, ...rest } = config;
  return rest as T;
}

function mapValues<T, U>(values: Readonly<Record<string, T>>, change: (value: T) => U): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)] as const));
}

/** As JSON has it, keys in Go's order. */
export function plainValue(value: Value): unknown {
  if (isList(value)) return value.map(plainValue);
  if (value instanceof Float) return value.value;
  if (value instanceof Timestamp) return value.json;
  if (!isMapping(value)) return value;
  return sorted(Object.keys(value).map((key) => [key, plainValue(value[key] ?? null)] as const)) ?? {};
}
