import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { SlipwayError } from "../values/fault";
import { runAlone } from "./child";
import { findExecutables } from "./executable";
import { packageFolder } from "./paths";
import { publish } from "./published";
import { pulumiVersion } from "./pulumi-version";
import { type Report, spell } from "./report";

/**
 * Builds the CLI from its Go module (toolchain/cli pins it) and puts it in its place; answers false where there is no Go.
 * @throws {@link SlipwayError} with what Go said when it failed.
 */
export async function buildPulumi(target: string, report: Report, environment: NodeJS.ProcessEnv): Promise<boolean> {
  const [go] = findExecutables("go", environment, ["/usr/local/go/bin"]);
  if (go === undefined) return false;
  report("building the Pulumi CLI from its Go module, once (about 5 minutes on 2 cores)");
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}.partial`;
  const discard = () => rmSync(partial, { force: true });
  process.once("exit", discard);
  try {
    await compile(go, partial, report, environment);
    await publish(partial, target);
  } finally {
    process.removeListener("exit", discard);
    discard();
  }
  return true;
}

async function compile(go: string, output: string, report: Report, environment: NodeJS.ProcessEnv): Promise<void> {
  const started = Date.now();
  let compiled = 0;
  const timer = setInterval(() => {
    const what = compiled === 0 ? "fetching modules" : `${compiled} packages compiled`;
    report(`building the Pulumi CLI: ${what}, ${spell(Date.now() - started)}`, "progress");
  }, 1000);
  const version = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${pulumiVersion}`;
  const flags = ["-mod=readonly", "-trimpath", "-v", "-ldflags", `-s -w ${version}`, "-o", output];
  const { code, tail } = await runAlone({
    command: go,
    args: ["build", ...flags, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
    cwd: join(packageFolder(), "toolchain", "cli"),
    environment: { ...environment, CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
    line: (line) => {
      if (!line.includes(" ")) compiled++;
    },
  }).finally(() => clearInterval(timer));
  if (code === 0) return;
  const full = tail.some((line) => line.includes("no space left on device"));
  throw new SlipwayError({
    subject: "Pulumi CLI",
    problem: `could not be built with Go (exit code ${code}):\n  ${tail.join("\n  ")}\n`,
    advice: full
      ? "Free about 3 GB, or set GOCACHE, GOMODCACHE and GOTMPDIR to folders elsewhere, then run the command again."
      : "Check the network and the Go proxy setting (GOPROXY), then run the command again.",
  });
}
