import { parse, stringify } from "yaml";
import { serviceHash, withDefaultPlatform } from "../compose/hash";
import { goJson } from "../compose/json";
import type { LoadedProject, LoadOptions } from "../compose/options";
import { canonicalJson, loadEnvironment, loadProject, loadTemplate, loadVariables } from "../compose/project";
import { SlipwayError } from "../values/fault";

type Format = "json" | "yaml";

const subject = "slipway config";

/** What the command line says; the names are those of `docker compose config`. */
export interface ConfigOptions {
  readonly projectName?: string;
  readonly projectDirectory?: string;
  readonly profile: readonly string[];
  readonly envFile: readonly string[];
  readonly format: string;
  /** A service, several with commas, or `*`. */
  readonly hash?: string;
  readonly services?: true;
  readonly images?: true;
  readonly variables?: true;
  readonly environment?: true;
  readonly quiet?: true;
  readonly interpolate: boolean;
  readonly pathResolution: boolean;
  readonly envResolution: boolean;
  readonly consistency: boolean;
  readonly normalize: boolean;
}

/** Prints what Slipway reads in compose files, as `docker compose config` does: the canonical model, or one view of it. */
export function config(files: readonly string[], options: ConfigOptions): void {
  const lines = configLines(files, options);
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

/** The lines that {@link config} prints; warnings go to standard error. */
export function configLines(files: readonly string[], options: ConfigOptions): readonly string[] {
  const load = loadOptions(files, options);
  const format = formatOf(options.format);
  if (options.environment) return pairs(Object.entries(loadEnvironment(load)), "=");
  if (options.variables) return variables(load, format);
  if (!options.interpolate) return written(loadTemplate(load), format);
  const loaded = loadProject(load);
  for (const warning of loaded.warnings) console.error(`warning: ${warning}`);
  const { name, services } = loaded.project;
  if (options.quiet) return [];
  if (options.services) return Object.keys(services);
  if (options.images) return Object.entries(services).map(([key, { image }]) => image || `${name}-${key}`);
  if (options.hash !== undefined) return hashes(loaded, options.hash);
  const json = canonicalJson(loaded.project);
  // Numbers over 2^53 stay what they are: the text is set out anew rather than read.
  return format === "json" ? [indented(json)] : written(parse(json, { intAsBigInt: true }), format);
}

function formatOf(format: string): Format {
  if (format === "json" || format === "yaml") return format;
  const problem = "is no format";
  throw new SlipwayError({ subject, path: "--format", value: format, problem, advice: "Use yaml or json." });
}

function hashes({ project, environment }: LoadedProject, asked: string): readonly string[] {
  const { services } = project;
  const platform = environment["DOCKER_DEFAULT_PLATFORM"];
  const names = asked === "*" ? Object.keys(services) : asked.split(",");
  const found = names.map((name): readonly [string, string] => {
    const service = services[name];
    if (service !== undefined) return [name, serviceHash(withDefaultPlatform(service, platform))];
    const problem = "is no service of these files";
    const advice = `Use one of: ${Object.keys(services).join(", ")}.`;
    throw new SlipwayError({ subject, path: "--hash", value: name, problem, advice });
  });
  return pairs(found, " ");
}

/** Compact JSON, with a line for each entry. */
function indented(json: string): string {
  let depth = 0;
  const line = (): string => `\n${"  ".repeat(depth)}`;
  return json.replace(/"(?:[^"\\]|\\.)*"|\{\}|\[\]|[[\]{},:]/g, (token) => {
    if (token === ":") return ": ";
    if (token === ",") return `,${line()}`;
    if (token === "{" || token === "[") {
      depth++;
      return `${token}${line()}`;
    }
    if (token === "}" || token === "]") {
      depth--;
      return `${line()}${token}`;
    }
    return token;
  });
}

function loadOptions(files: readonly string[], options: ConfigOptions): LoadOptions {
  const { projectName, projectDirectory, profile, envFile } = options;
  return {
    ...(files.length > 0 && { files }),
    ...(projectName !== undefined && { projectName }),
    ...(projectDirectory !== undefined && { projectDirectory }),
    ...(profile.length > 0 && { profiles: profile }),
    ...(envFile.length > 0 && { envFiles: envFile }),
    resolvePaths: options.pathResolution,
    resolveEnvironment: options.envResolution,
    checkConsistency: options.consistency,
    normalize: options.normalize,
  };
}

function written(value: unknown, format: Format): readonly string[] {
  return [format === "json" ? indented(goJson(value)) : stringify(value).trimEnd()];
}

function pairs(list: readonly (readonly [string, string])[], between: string): readonly string[] {
  return list.map((pair) => pair.join(between)).sort();
}

function variables(load: LoadOptions, format: Format): readonly string[] {
  const found = loadVariables(load);
  if (format === "json") return written(Object.fromEntries(found), format);
  const titles = ["NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE"];
  const rows = [...found.values()].map((one) => [one.Name, String(one.Required), one.DefaultValue, one.PresenceValue]);
  const all = [titles, ...rows];
  const widths = titles.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("   ")
      .trimEnd(),
  );
}
