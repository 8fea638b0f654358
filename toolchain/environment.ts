import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { cacheFolder } from "../values/cache-folder";
import { shellQuote } from "./language-host";
import { packageFolder } from "./paths";
import type { PulumiCli } from "./pulumi-cli";
import type { State } from "./state";

/** The variables that make plain `pulumi` work in a project; what the user has set stays as it is. */
export function pulumiEnvironment(
  project: string,
  cli: PulumiCli,
  state: State,
  base: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const modules = [join(project, "node_modules", ".bin"), join(packageFolder(), "node_modules", ".bin")];
  const front = [...modules.filter((folder) => existsSync(folder)), dirname(cli.path)];
  const rest = (base["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "" && !front.includes(folder));
  const variables: Record<string, string> = {
    PATH: [...new Set(front), ...rest].join(delimiter),
    PULUMI_HOME: pulumiHome(base, state.backend),
    PULUMI_BACKEND_URL: state.backend,
    PULUMI_SKIP_UPDATE_CHECK: base["PULUMI_SKIP_UPDATE_CHECK"] ?? "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: base["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] ?? "true",
    PULUMI_NODEJS_TRANSPILE_ONLY: base["PULUMI_NODEJS_TRANSPILE_ONLY"] ?? "true",
  };
  if (state.passphraseFile !== undefined) variables["PULUMI_CONFIG_PASSPHRASE_FILE"] = state.passphraseFile;
  return variables;
}

/**
 * The folder where the CLI keeps its plugins, its settings and who is logged in. Ours lies in the cache, so that a user's
 * own login is not changed; for Pulumi Cloud (a backend by https) it is the user's own, which holds the access token.
 */
export function pulumiHome(
  base: NodeJS.ProcessEnv = process.env,
  backend: string | undefined = base["PULUMI_BACKEND_URL"],
): string {
  if (base["PULUMI_HOME"]) return base["PULUMI_HOME"];
  if (/^https?:/.test(backend ?? "")) return join(homedir(), ".pulumi");
  return join(cacheFolder(base), "pulumi", "home");
}

/** The variables as lines for a POSIX shell's `eval`. */
export function exportLines(variables: Record<string, string>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${shellQuote(value)}\n`)
    .join("");
}
