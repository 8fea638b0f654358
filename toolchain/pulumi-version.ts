import { execFileSync } from "node:child_process";

/** The version of the Pulumi CLI and engine that this package is built and tested with. */
export const pulumiVersion = "3.259.0";

/** What `pulumi version` says; undefined for what is no working CLI. */
export function versionOf(path: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  try {
    const output = execFileSync(path, ["version"], {
      encoding: "utf8",
      timeout: 10_000,
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
    return output.trim().replace(/^v/, "");
  } catch {
    return undefined;
  }
}

/** True when dotted version `version` is `minimum` or newer; a pre-release counts as older than its release. */
export function isAtLeast(version: string, minimum: string): boolean {
  const [release = "", ...rest] = version.split("-");
  const left = release.split(".").map(Number);
  const right = minimum.split(".").map(Number);
  for (let index = 0; index < right.length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return rest.length === 0;
}
