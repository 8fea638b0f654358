import { join } from "node:path";
import { buildWithGo } from "../../toolchain/go-build";
import { withLock } from "../../toolchain/lock";
import { isIntact, removeRemains } from "../../toolchain/published";
import type { Report } from "../../toolchain/report";
import { cacheFolder } from "../../values/cache-folder";
import { installPackages } from "./packages";

interface Source {
  /** Folder below test/programs whose go.mod pins the module. */
  readonly module: string;
  readonly package: string;
  readonly linkerFlags?: string;
  readonly tags?: readonly string[];
  readonly usesC?: boolean;
  /** Debian packages that its build needs: a file of each, and its name. */
  readonly needs?: Readonly<Record<string, string>>;
}

/** Versions that are not in the code of a program, but are told to the linker. */
const engineVersion = "2.0.0-beta.24";

const sources = {
  dockerd: {
    module: "dockerd",
    package: "github.com/moby/moby/v2/cmd/dockerd",
    linkerFlags: `-X github.com/moby/moby/v2/dockerversion.Version=${engineVersion}`,
  },
  "docker-proxy": { module: "dockerd", package: "github.com/moby/moby/v2/cmd/docker-proxy" },
  // The Engine asks for mounts and limits that Debian's runc does not know.
  runc: {
    module: "runc",
    package: "github.com/opencontainers/runc",
    tags: ["seccomp"],
    usesC: true,
    needs: {
      "/usr/include/seccomp.h": "libseccomp-dev",
      "/usr/bin/gcc": "gcc",
      "/usr/bin/pkg-config": "pkg-config",
      "/usr/include/stdlib.h": "libc6-dev",
    },
  },
  buildx: { module: "buildx", package: "github.com/docker/buildx/cmd/buildx" },
  buildkitd: { module: "buildkitd", package: "github.com/moby/buildkit/cmd/buildkitd" },
} satisfies Record<string, Source>;

/** A program that only tests need, and that Debian lacks or has too old. */
export type ProgramName = keyof typeof sources;

/**
 * Paths of programs, in one folder of the cache; those that are not there are built from their Go modules, once: that takes
 * some minutes. Two test files at once do it once, and a run that was stopped half-way leaves nothing that the next one would
 * take for whole.
 */
export async function programs(...names: readonly ProgramName[]): Promise<string[]> {
  const folder = join(cacheFolder(), "tools");
  const path = (name: ProgramName): string => join(folder, name);
  const isThere = async (): Promise<boolean> =>
    (await Promise.all(names.map((name) => isIntact(path(name))))).every(Boolean);
  if (!(await isThere())) {
    const say: Report = (line, kind) => {
      if (kind !== "progress") console.log(`      ${line}`);
    };
    const waiting = (pid: number): void => say(`waiting for process ${pid}, which is building ${names.join(", ")}`);
    await withLock(join(folder, "lock"), waiting, async () => {
      removeRemains(folder);
      for (const name of names) if (!(await isIntact(path(name)))) await build(name, path(name), say);
    });
  }
  return names.map(path);
}

async function build(name: ProgramName, target: string, report: Report): Promise<void> {
  const source: Source = sources[name];
  if (source.needs !== undefined) installPackages(source.needs);
  const folder = join(__dirname, "../programs", source.module);
  const program = { title: name, duration: "some minutes", ...source, folder };
  if (!(await buildWithGo(program, target, report, process.env))) {
    throw new Error(`Install Go 1.21 or newer to build ${name} for these tests.`);
  }
}

if (require.main === module) {
  programs("dockerd", "docker-proxy", "runc").catch((error: unknown) => {
    console.error(String(error));
    process.exitCode = 1;
  });
}
