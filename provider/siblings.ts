import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { lives, type Process, processOf } from "../values/process";
import type { Claim, Kind } from "./claims";

/**
 * What the other provider instances of this run bring. The engine starts a process for each, so a login of its own or a second
 * daemon makes two that know nothing of each other: the network that one makes, or the image that it builds and pushes, would
 * be missing for the other, whose container is to use it. Each writes what it holds to a file of its own, in a folder of the
 * run.
 */
export class Siblings {
  private readonly folder: string;
  private readonly noted = new Set<string>();
  private daemon = "";

  constructor(
    /** Folder of all runs of this user. */
    private readonly runs: string,
    private readonly self: Process = processOf(process.pid),
    engine: Process = processOf(process.ppid),
  ) {
    this.folder = join(runs, `${engine.id}-${engine.start ?? ""}`);
  }

  /** Says which daemon this instance is for: networks and containers can be used on their own daemon only. */
  at(url: string): void {
    this.daemon = url;
  }

  /** Notes what a resource of this instance will hold. Where the folder can't be written, the others are told nothing. */
  note({ kind, name }: Claim): void {
    if (kind === "port" || kind === "subnet") return;
    const line = `${this.placeOf(kind)} ${kind} ${name}\n`;
    if (this.noted.has(line)) return;
    try {
      if (this.noted.size === 0) this.begin();
      appendFileSync(join(this.folder, String(this.self.id)), line);
      this.noted.add(line);
    } catch {
      // A preview then takes what another instance makes for missing.
    }
  }

  /** True where another instance is to hold it, on the same daemon; an image may also come by a registry. */
  bring({ kind, name }: Claim): boolean {
    const line = `${this.placeOf(kind)} ${kind} ${name}`;
    return filesOf(this.folder)
      .filter((file) => file !== String(this.self.id))
      .some((file) => textOf(join(this.folder, file)).split("\n").includes(line));
  }

  private placeOf(kind: Kind): string {
    return kind === "image" || kind === "pushed image" ? "any" : this.daemon;
  }

  /** Makes the run's folder, and takes away those of runs that are over: plugins are killed, not asked to end. */
  private begin(): void {
    for (const run of filesOf(this.runs)) {
      const [id = "", start] = run.split("-");
      const isOver = !lives({ id: Number(id), start: start || undefined });
      if (isOver) rmSync(join(this.runs, run), { recursive: true, force: true });
    }
    mkdirSync(this.folder, { recursive: true });
  }
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
