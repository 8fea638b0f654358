import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { HostedCli } from "./language-host";

/**
 * Runs the SDK's own server of resources that a program defines itself (`pulumi.dynamic.Resource`), as the file does that
 * Pulumi ships beside its host. The engine starts it in the program's folder.
 */
const script = `#!/bin/sh
# slipway dynamic provider
server=$(node -e "console.log(require.resolve('@pulumi/pulumi/cmd/dynamic-provider'))") || exit 1
exec node "$server" "$@"
`;

/** Whether programs with resources of their own will run: where the official host is, so is this provider. */
export function hasDynamicProvider({ cli, host }: HostedCli, pulumiHome: string): boolean {
  if (host.origin === "official") return true;
  const path = pathOf(cli.version, pulumiHome);
  return existsSync(path) && readFileSync(path, "utf8") === script;
}

/** Puts the provider where the engine finds it, if it isn't there. */
export function ensureDynamicProvider(hosted: HostedCli, pulumiHome: string): void {
  if (hasDynamicProvider(hosted, pulumiHome)) return;
  const path = pathOf(hosted.cli.version, pulumiHome);
  const partial = `${path}.${process.pid}.partial`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(partial, script);
  chmodSync(partial, 0o755);
  renameSync(partial, path);
}

function pathOf(version: string, pulumiHome: string): string {
  return join(pulumiHome, "plugins", `resource-pulumi-nodejs-v${version}`, "pulumi-resource-pulumi-nodejs");
}
