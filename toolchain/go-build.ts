import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { SlipwayError } from "../values/fault";
import { runAlone } from "./child";
import { findExecutables } from "./executable";
import { publish } from "./published";
import { type Report, spell } from "./report";

/** A program that is built from a Go module. */
export interface GoProgram {
  /** What it is called in reports and faults, such as "the Pulumi CLI". */
  readonly title: string;
  /** Folder of our own go.mod and go.sum, which pin the module and all it needs. */
  readonly folder: string;
  /** Import path of its main package. */
  readonly package: string;
  /** Words for the linker, beside those that leave symbols and debug data out. @default "" */
  readonly linkerFlags?: string;
  /** Build tags. @default none */
  readonly tags?: readonly string[];
  /** Contains C, and so needs a C compiler. @default false */
  readonly usesC?: boolean;
  /** How long the first build takes, as a user reads it, such as "about 5 minutes on 2 cores". */
  readonly duration: string;
}

/**
 * Builds a program and puts it in its place, whole, with its checksum; answers false where there is no Go.
 * @throws {@link SlipwayError} with what Go said when it failed.
 */
export async function buildWithGo(
  program: GoProgram,
  target: string,
  report: Report,
  environment: NodeJS.ProcessEnv,
): Promise<boolean> {
  const [go] = findExecutables("go", environment, ["/usr/local/go/bin"]);
  if (go === undefined) return false;
  report(`building ${program.title} from its Go module, once (${program.duration})`);
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}.partial`;
  const discard = () => rmSync(partial, { force: true });
  process.once("exit", discard);
  try {
    await compile(go, program, partial, report, environment);
    await publish(partial, target);
  } finally {
    process.removeListener("exit", discard);
    discard();
  }
  return true;
}

async function compile(
  go: string,
  program: GoProgram,
  output: string,
  report: Report,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const started = Date.now();
  let compiled = 0;
  const timer = setInterval(() => {
    const what = compiled === 0 ? "fetching modules" : `${compiled} packages compiled`;
    report(`building ${program.title}: ${what}, ${spell(Date.now() - started)}`, "progress");
  }, 1000);
  const { tags = [], linkerFlags = "", usesC = false } = program;
  const flags = ["-mod=readonly", "-trimpath", "-v", "-ldflags", `-s -w ${linkerFlags}`.trim(), "-o", output];
  if (tags.length > 0) flags.push("-tags", tags.join(","));
  const { code, tail } = await runAlone({
    command: go,
    args: ["build", ...flags, program.package],
    cwd: program.folder,
    environment: { ...environment, CGO_ENABLED: usesC ? "1" : "0", GOFLAGS: "", GOWORK: "off" },
    line: (line) => {
      if (!line.includes(" ")) compiled++;
    },
  }).finally(() => clearInterval(timer));
  if (code === 0) return;
  const full = tail.some((line) => line.includes("no space left on device"));
  throw new SlipwayError({
    subject: program.title.replace(/^the /, ""),
    problem: `could not be built with Go (exit code ${code}):\n  ${tail.join("\n  ")}\n`,
    advice: full
      ? "Free about 3 GB, or set GOCACHE, GOMODCACHE and GOTMPDIR to folders elsewhere, then run the command again."
      : "Check the network and the Go proxy setting (GOPROXY), then run the command again.",
  });
}
