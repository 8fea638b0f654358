import { homedir } from "node:os";
import type { ProviderArgs } from "@pulumi/docker";
import type { EndpointQuery } from "../daemon/endpoint";
import type { Fault } from "../values/fault";
import { hasUnknown, isList, isObject, listOf, objectOf, type Properties, textOf, unknown, type Value } from "./value";

/** The settings of package docker, and one of ours. */
type SettingName = keyof ProviderArgs | "moveTo";

/** How a setting is read: the engine hands over lists and flags as JSON, whoever set them (program, stack config). */
interface Setting {
  readonly kind: "text" | "flag" | "texts" | "blocks";
  /** True where the value is a credential, whatever the program says (reconciliation.md, E4). */
  readonly secret?: (value: Value) => boolean;
  /** The variable that the official plugin reads where nothing is set (terraform-provider-docker, provider.go). */
  readonly variable?: string;
}

const always = (): boolean => true;

/** Every setting; one of the package without an entry does not compile. */
export const settingTable: { readonly [Name in SettingName]-?: Setting } = {
  caMaterial: { kind: "text", variable: "DOCKER_CA_MATERIAL" },
  certMaterial: { kind: "text", variable: "DOCKER_CERT_MATERIAL", secret: always },
  certPath: { kind: "text" },
  context: { kind: "text" },
  disableDockerDaemonCheck: { kind: "flag" },
  host: { kind: "text" },
  keyMaterial: { kind: "text", variable: "DOCKER_KEY_MATERIAL", secret: always },
  /** The id of the daemon to which this stack may move, where it was on another one before; ours. */
  moveTo: { kind: "text", variable: "SLIPWAY_MOVE_TO" },
  registryAuth: { kind: "blocks", secret: (value) => listOf(value).some(holdsCredential) },
  sshOpts: { kind: "texts", variable: "DOCKER_SSH_OPTS" },
};

/** What the engine handed over, with nested values read from their JSON and the environment where nothing is set. */
export interface Settings {
  /** By name; nested values are lists and flags, not text. */
  readonly values: Properties;
  /** What is wrong with their form. */
  readonly faults: readonly Fault[];
}

/** Reads the settings; `subject` is the provider as the user knows it. */
export function readSettings(
  given: Properties,
  subject: string,
  env: Readonly<Record<string, string | undefined>> = {},
): Settings {
  const faults: Fault[] = [];
  const values: Record<string, Value> = {};
  for (const [name, setting] of Object.entries(settingTable)) {
    const value = given[name];
    if (value === undefined || value === null || value === "") {
      const fallback = setting.variable === undefined ? undefined : env[setting.variable];
      if (fallback) values[name] = setting.kind === "texts" ? fallback.split(/\s+/).filter(Boolean) : fallback;
      continue;
    }
    const read = hasUnknown(value) ? unknown : readValue(setting, value);
    if (read === undefined) {
      const shown = setting.secret === undefined && name !== "registryAuth" ? { value } : {};
      faults.push({ subject, path: name, ...shown, ...expected[setting.kind] });
    } else values[name] = read;
  }
  return { values, faults };
}

const expected = {
  text: { problem: "is no text", advice: "Give one string." },
  flag: { problem: "is neither true nor false", advice: "Write true or false." },
  texts: { problem: "is no list of texts", advice: 'Write it as ["-o StrictHostKeyChecking=yes"].' },
  blocks: { problem: "is no list of objects", advice: 'Write it as [{"address": "registry.example.com"}].' },
};

function readValue({ kind }: Setting, value: Value): Value | undefined {
  if (kind === "text") return typeof value === "string" ? value : undefined;
  const plain = typeof value === "string" ? fromJson(value) : value;
  if (kind === "flag") return typeof plain === "boolean" ? plain : undefined;
  if (!isList(plain)) return undefined;
  const fits = kind === "texts" ? plain.every((item) => typeof item === "string") : plain.every(isObject);
  return fits ? plain : undefined;
}

/** Where these settings lead to. */
export function endpointQuery(
  values: Properties,
  env: Readonly<Record<string, string | undefined>> = process.env,
): EndpointQuery {
  const [host, context, certPath] = ["host", "context", "certPath"].map((name) => textOf(values[name]));
  const [ca, cert, key] = ["caMaterial", "certMaterial", "keyMaterial"].map((name) => textOf(values[name]));
  const material = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  return {
    env,
    home: homedir(),
    ...(host === undefined ? {} : { host }),
    ...(context === undefined ? {} : { context }),
    ...(certPath === undefined ? {} : { certPath }),
    ...(Object.keys(material).length === 0 ? {} : { material }),
  };
}

/** The setting as it goes into the state: as the official plugin has it, keys in order, credentials marked. */
export function stored(name: string, given: Value, read: Value | undefined): { value: Value; secret: boolean } {
  const setting = Object.entries(settingTable).find(([known]) => known === name)?.[1];
  const secret = setting?.secret?.(read ?? given) ?? false;
  if (setting?.kind !== "blocks" || !isList(read)) return { value: given, secret };
  return { value: JSON.stringify(read.map((item) => sorted(objectOf(item)))), secret };
}

function holdsCredential(entry: Value): boolean {
  const fields = objectOf(entry);
  return fields["password"] !== undefined || fields["configFileContent"] !== undefined;
}

function sorted(entry: Properties): Properties {
  return Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The value of a JSON text; undefined where it is none. */
export function fromJson(text: string): Value | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
