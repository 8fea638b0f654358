import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { PrivateDaemon } from "./dockerd";

/** Programs of this machine as an image, where the official one can't be pulled. */
export interface ProgramImage {
  /** Its reference on the daemon. */
  readonly reference: string;
  /** Programs and shared libraries, each with the libraries that it needs, at their own paths. */
  readonly programs: readonly string[];
  /** Folders, copied whole to their own paths. @default none */
  readonly folders?: readonly string[];
  /** Files by path, executable. @default none */
  readonly files?: Readonly<Record<string, string>>;
  /** Lines of the Dockerfile after `FROM slipway-test/busybox:1` and the files. */
  readonly lines: readonly string[];
}

/** Builds one on the test's busybox image, which must be there. */
export function makeProgramImage(daemon: PrivateDaemon, image: ProgramImage): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-programs-"));
  const inside = (path: string): string => {
    mkdirSync(dirname(join(folder, "files", path)), { recursive: true });
    return join(folder, "files", path);
  };
  for (const program of image.programs) {
    cpSync(realpathSync(program), inside(program));
    const libraries = execFileSync("ldd", [program], { encoding: "utf8" });
    for (const [, path = ""] of libraries.matchAll(/(?:=>\s*)?(\/\S+)\s+\(0x/g))
      cpSync(realpathSync(path), inside(path));
  }
  for (const path of image.folders ?? []) cpSync(path, inside(path), { recursive: true, dereference: true });
  for (const [path, text] of Object.entries(image.files ?? {})) writeFileSync(inside(path), text, { mode: 0o755 });
  const lines = ["FROM slipway-test/busybox:1", "COPY files /", ...image.lines, ""];
  writeFileSync(join(folder, "Dockerfile"), lines.join("\n"));
  const words = ["-H", daemon.host, "build", "-q", "-t", image.reference, folder];
  try {
    execFileSync("docker", words, { stdio: ["ignore", "ignore", "pipe"] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return image.reference;
}
