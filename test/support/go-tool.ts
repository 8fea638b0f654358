import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { runAlone } from "../../toolchain/child";
import { findExecutables } from "../../toolchain/executable";
import { withLock } from "../../toolchain/lock";
import { cacheFolder } from "../../values/cache-folder";

/** A command that is built from its Go module, and what pins it. */
export interface GoTool {
  /** Folder with go.mod and go.sum, whose name is the executable's. */
  readonly folder: string;
  /** Package of the command. */
  readonly package: string;
  /** Words for Go's linker, such as a version. @default none */
  readonly linker?: string;
}

/**
 * Builds a command with the Go that is here, and keeps it in the cache until go.mod or go.sum change; answers its path. Test
 * files that want it at the same time wait for the one that builds.
 */
export async function ensureGoTool(tool: GoTool): Promise<string> {
  const pins = ["go.mod", "go.sum"].map((name) => readFileSync(join(tool.folder, name), "utf8"));
  const hash = createHash("sha256")
    .update([...pins, tool.package, tool.linker ?? ""].join("\0"))
    .digest("hex");
  const name = basename(tool.folder);
  const target = join(cacheFolder(), "go-tools", `${name}-${hash.slice(0, 12)}`, name);
  if (existsSync(target)) return target;
  return withLock(
    join(dirname(target), "lock"),
    () => {},
    async () => {
      if (existsSync(target)) return target;
      await build(tool, `${target}.partial`);
      renameSync(`${target}.partial`, target);
      return target;
    },
  );
}

async function build(tool: GoTool, output: string): Promise<void> {
  const [go] = findExecutables("go", process.env, ["/usr/local/go/bin"]);
  if (go === undefined) throw new Error(`Install Go 1.21 or newer: ${tool.package} is built from its Go module.`);
  console.log(`      building ${tool.package}, once`);
  mkdirSync(dirname(output), { recursive: true });
  const words = ["-mod=readonly", "-trimpath", "-ldflags", `-s -w ${tool.linker ?? ""}`, "-o", output, tool.package];
  const environment = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" };
  const { code, tail } = await runAlone({ command: go, args: ["build", ...words], cwd: tool.folder, environment });
  if (code !== 0) throw new Error(`${tool.package} could not be built:\n  ${tail.join("\n  ")}`);
}
