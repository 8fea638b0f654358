import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

/** What must not be seen, made anew for each run: a leak tells by its text which input it comes from. */
export function makeCanaries<Name extends string>(names: readonly Name[], suffix = ""): Record<Name, string> {
  const canary = (name: string): [string, string] => [name, `${name}${randomBytes(15).toString("hex")}${suffix}`];
  return Object.fromEntries(names.map(canary)) as Record<Name, string>;
}

/** A text and what any base64 of a longer text that holds it must hold: Docker's auth headers and swarm data are base64. */
export function spellings(text: string): string[] {
  const shifted = [0, 1, 2].map((shift) => {
    const encoded = Buffer.from(`${"-".repeat(shift)}${text}`)
      .toString("base64")
      .replace(/=+$/, "");
    return encoded.slice(shift === 0 ? 0 : 4, -4);
  });
  return [text, ...shifted, ...shifted.map((one) => one.replaceAll("+", "-").replaceAll("/", "_"))];
}

/** The inputs whose canary a text shows, each with the place. */
export function leaks(text: string, canaries: Readonly<Record<string, string>>): string[] {
  return Object.entries(canaries).flatMap(([name, canary]) => {
    const at = spellings(canary)
      .map((one) => text.indexOf(one))
      .find((found) => found >= 0);
    return at === undefined ? [] : [`${name}: ${text.slice(Math.max(0, at - 300), at + 60)}`];
  });
}

/** Every file of a project's state backend, its history and backups too. */
export function stateOnDisk(projectFolder: string): string {
  const folder = join(projectFolder, "state");
  expect(existsSync(folder)).to.equal(true);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const found = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  return found.map((file) => readFileSync(file, "utf8")).join("\n");
}

/** The arguments of every process of this machine, sampled ten times a second until {@link stop}. */
export class ArgumentWatch {
  private readonly seen = new Set<string>();
  private readonly sampling = setInterval(() => {
    for (const id of readdirSync("/proc")) {
      try {
        if (/^\d+$/.test(id)) this.seen.add(readFileSync(`/proc/${id}/cmdline`, "utf8"));
      } catch {
        // It has ended meanwhile.
      }
    }
  }, 100);

  /** @returns all of them, one a line */
  stop(): string {
    clearInterval(this.sampling);
    return [...this.seen].join("\n");
  }
}
