import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { inspectContainer } from "../../daemon/container";
import type { PrivateDaemon } from "./dockerd";
import { ensureGoTool } from "./go-tool";

/** What came of the requests of some time. */
export interface Outcome {
  readonly sent: number;
  /** Everything that is no answer with a status of 200 to 299: when, and what instead. */
  readonly failed: readonly string[];
  /** From the moment a request was due until its answer was whole, in ms; of requests that are meant to last, what they lasted longer. */
  readonly longest: number;
  /** What was answered. */
  readonly bodies: ReadonlySet<string>;
}

/** What is asked, and how often. */
export interface LoadOptions {
  /** Such as `http://172.18.0.2`; see `originOf`. */
  readonly origin: string;
  /** Requests a second; half of them over kept connections, half of them over one of their own each. */
  readonly rate: number;
  /** Host that is asked for. @default "localhost" */
  readonly host?: string;
}

/** How long the application makes a request to `/slow` last, in ms; one in 25 is one. */
export const slow = 2000;

/** A machine that stands still for seconds owes many requests; more connections than this at a time wait for one here. */
const most = "-max-connections=1000";

/** Idle connections that are kept, as many as are in use at a time: more would lie there until the server closes them. */
const idle = "-connections=30";

interface Result {
  readonly code: number;
  readonly timestamp: string;
  /** In ns. */
  readonly latency: number;
  readonly error: string;
  readonly body: string | null;
  readonly method: string;
  readonly url: string;
}

/**
 * Constant load by vegeta: it sends at the times that the rate sets, whether answers come or not, and accounts for each
 * request. Of 25 requests one is slow and 6 are POSTs, which no HTTP client sends a second time by itself.
 */
export class Load {
  private readonly began = Date.now();
  private readonly marks: { readonly name: string; readonly at: number }[] = [];

  private constructor(
    private readonly vegeta: string,
    private readonly folder: string,
    private readonly attacks: readonly ChildProcess[],
  ) {}

  static async start(options: LoadOptions): Promise<Load> {
    const vegeta = await ensureLoadGenerator();
    const folder = mkdtempSync(join(tmpdir(), "slipway-load-"));
    const { origin } = options;
    const host = `Host: ${options.host ?? "localhost"}`;
    writeFileSync(join(folder, "body"), "x".repeat(2000));
    const targets = Array.from({ length: 25 }, (_, index) => {
      if (index === 0) return `GET ${origin}/slow\n${host}`;
      return index % 4 === 0 ? `POST ${origin}/\n${host}\n@${join(folder, "body")}` : `GET ${origin}/\n${host}`;
    });
    writeFileSync(join(folder, "targets"), targets.join("\n\n"));
    const attacks = [true, false].map((isKept) => {
      const words = [`-keepalive=${isKept}`, `-rate=${options.rate / 2}/1s`, "-duration=0", "-timeout=30s", most, idle];
      const files = [`-targets=${join(folder, "targets")}`, `-output=${join(folder, `results-${isKept}`)}`];
      return spawn(vegeta, ["attack", ...words, ...files], { stdio: ["ignore", "ignore", "inherit"] });
    });
    return new Load(vegeta, folder, attacks);
  }

  /** What comes from now on is counted under this name too. */
  mark(name: string): void {
    this.marks.push({ name, at: Date.now() });
  }

  /** Sends no more, waits for the answers that are due, and tells what came, in all and by mark. */
  async stop(): Promise<{ readonly all: Outcome; readonly parts: ReadonlyMap<string, Outcome> }> {
    await Promise.all(
      this.attacks.map(async (attack) => {
        if (attack.exitCode !== null) throw new Error(`vegeta ended by itself (exit code ${attack.exitCode})`);
        attack.kill("SIGINT");
        await once(attack, "exit");
      }),
    );
    const results: Result[] = [];
    for (const isKept of [true, false]) {
      const json = join(this.folder, `json-${isKept}`);
      execFileSync(this.vegeta, ["encode", "-to=json", `-output=${json}`, join(this.folder, `results-${isKept}`)]);
      for await (const line of createInterface(createReadStream(json))) results.push(JSON.parse(line));
    }
    rmSync(this.folder, { recursive: true, force: true });
    const parts = this.marks.map(({ name, at }, index): [string, Outcome] => {
      const end = this.marks[index + 1]?.at ?? Number.POSITIVE_INFINITY;
      const within = results.filter(({ timestamp }) => Date.parse(timestamp) >= at && Date.parse(timestamp) < end);
      return [name, outcome(within)];
    });
    return { all: outcome(results), parts: new Map(parts) };
  }

  /** Ends it at once, where a test has failed. */
  kill(): void {
    for (const attack of this.attacks) attack.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Seconds since it began. */
  get seconds(): number {
    return (Date.now() - this.began) / 1000;
  }
}

function outcome(results: readonly Result[]): Outcome {
  const failed = results.filter(({ code, error }) => error !== "" || code < 200 || code > 299);
  let longest = 0;
  for (const { latency, url } of results)
    longest = Math.max(longest, latency / 1e6 - (url.endsWith("/slow") ? slow : 0));
  return {
    sent: results.length,
    failed: failed.map(({ timestamp, method, url, code, error }) => `${timestamp} ${method} ${url}: ${code} ${error}`),
    longest,
    bodies: new Set(results.map(({ body }) => Buffer.from(body ?? "", "base64").toString())),
  };
}

/** One line for the output of a test; latencies mean something on a machine that is idle besides. */
export function report(what: string, { sent, failed, longest }: Outcome): void {
  const busy = `load average ${(loadavg()[0] ?? 0).toFixed(1)}`;
  console.log(`      ${what}: ${sent} sent, ${failed.length} failed, longest ${Math.round(longest)} ms (${busy})`);
  const kinds = new Map<string, string[]>();
  for (const text of failed) {
    const kind = text.replace(/^\S+ /, "").replace(/:\d+->/g, "->");
    const known = kinds.get(kind);
    if (known === undefined) kinds.set(kind, [text]);
    else known.push(text);
  }
  for (const [kind, texts] of [...kinds].slice(0, 20)) {
    const [first = "", last = ""] = [texts[0], texts.at(-1)].map((text) => text?.slice(11, 23));
    console.log(`        ${texts.length} from ${first} to ${last}: ${kind}`);
  }
}

/**
 * Where a container of a private daemon is asked under load: on its bridge. The port of the host that it publishes is
 * Docker's proxy process there, which needs six open files for a connection and ends when it has none left.
 */
export async function originOf({ engine }: PrivateDaemon, container: string): Promise<string> {
  const networks = Object.values((await inspectContainer(engine, container))?.NetworkSettings?.Networks ?? {});
  const address = networks.map((network) => network?.IPAddress).find(Boolean);
  if (address === undefined) throw new Error(`Container "${container}" has no address.`);
  return `http://${address}`;
}

/** Builds vegeta, or finds it in the cache; answers its path. */
export function ensureLoadGenerator(): Promise<string> {
  return ensureGoTool({ folder: join(__dirname, "vegeta"), package: "github.com/tsenart/vegeta/v12" });
}
