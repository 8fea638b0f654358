import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Properties } from "../../provider/value";
import { messageOf } from "../../values/fault";
import type { PrivateDaemon } from "./dockerd";
import { ProviderUnderTest } from "./provider";
import { properties, recordings } from "./recordings";
import type { Deliberate } from "./replay";

interface Call {
  readonly method: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly response?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly string[];
}

/**
 * Plays whole recorded cases of the official plugin to our provider on a real daemon with real registries, step by step as
 * the engine did, and compares what it answers. Digests and ids differ from machine to machine: each of theirs has to be
 * one and the same of ours throughout a case.
 */
export class LiveReplay {
  /** Calls that were compared. */
  compared = 0;
  /** Calls that differ where {@link Deliberate} says that they may. */
  readonly excused = new Set<string>();

  constructor(
    private readonly daemon: PrivateDaemon,
    /** Hosts of the recorded registries and those of ours. */
    private readonly hosts: Readonly<Record<string, string>>,
    private readonly types: readonly string[],
    private readonly deliberate: Deliberate,
  ) {}

  /** Plays one case. @returns what differs, one line a call */
  async play(name: string): Promise<string[]> {
    const folder = mkdtempSync(join(tmpdir(), "slipway-replay-"));
    cpSync(join(recordings, name), folder, { recursive: true });
    const before = process.cwd();
    process.chdir(folder);
    const hashes = new Map<string, string>();
    const different: string[] = [];
    try {
      for (const step of stepsOf(name)) {
        if (step.startsWith("change.") && existsSync("change")) cpSync("change", ".", { recursive: true });
        for (const hook of hooksOf(name, `before:${step}`)) this.run(hook, hashes);
        different.push(...(await this.step(name, step, hashes)));
      }
      return different;
    } finally {
      for (const hook of hooksOf(name, "end")) this.run(hook, hashes);
      process.chdir(before);
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private async step(name: string, step: string, hashes: Map<string, string>): Promise<string[]> {
    const file = `${name}/grpc.${step}.jsonl`;
    const lines = readFileSync(join(recordings, file), "utf8").split("\n").filter(Boolean);
    const calls = lines.map((line): Call => {
      const call: Call = JSON.parse(line);
      return { ...call, method: call.method.split("/").at(-1) ?? "" };
    });
    const translate = (json: unknown): Properties =>
      properties(JSON.parse(this.ours(JSON.stringify(json ?? {}), hashes)));
    const configured = calls.find((call) => call.method === "Configure")?.request["args"];
    const settings = translate(unwrapped(configured));
    const provider = await ProviderUnderTest.start(this.daemon.engine, "", "replay", settings);
    const different: string[] = [];
    try {
      for (const call of calls) {
        const type = typeIn(call);
        if (type === undefined || !this.types.includes(type)) continue;
        const answer = await play(provider.as(type), call, translate).catch((error: unknown) => messageOf(error));
        if (answer === undefined) continue;
        this.compared++;
        const key = `${file} ${call.method} ${type.replace(/^.*:/, "")}`;
        const wrong = this.compare(call, answer, hashes);
        if (wrong === undefined) continue;
        if (this.deliberate[key] === undefined) different.push(`${key}: ${wrong}`);
        else this.excused.add(key);
      }
      return different;
    } finally {
      provider.close();
    }
  }

  private compare(call: Call, answer: Properties | string, hashes: Map<string, string>): string | undefined {
    if ((call.errors?.length ?? 0) > 0) return typeof answer === "string" ? undefined : "worked, and failed there";
    if (typeof answer === "string") return `failed: ${answer}`;
    return this.differs("", expected(call), JSON.parse(json(answer)), hashes);
  }

  /** The first place where two answers differ; a hash of theirs that is new is learned. */
  private differs(path: string, theirs: unknown, ours: unknown, hashes: Map<string, string>): string | undefined {
    if (typeof theirs === "string" && typeof ours === "string") {
      const [a, b] = [this.ours(theirs, new Map()), ours].map((text) => text.split(/([0-9a-f]{64})/));
      const same = a?.length === b?.length && (a ?? []).every((part, index) => alike(part, b?.[index] ?? "", hashes));
      return same ? undefined : `${path} ${JSON.stringify(ours)} not ${JSON.stringify(theirs)}`;
    }
    if (isObject(theirs) && isObject(ours)) {
      for (const one of [theirs, ours]) forgetForeignDigest(one);
      for (const key of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
        const found = this.differs(`${path}.${key}`, theirs[key] ?? null, ours[key] ?? null, hashes);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    return theirs === ours ? undefined : `${path} ${JSON.stringify(ours)} not ${JSON.stringify(theirs)}`;
  }

  /** A recorded text with our hosts and hashes. */
  private ours(text: string, hashes: ReadonlyMap<string, string>): string {
    let result = text;
    for (const [theirs, ours] of [...Object.entries(this.hosts), ...hashes]) result = result.replaceAll(theirs, ours);
    return result;
  }

  /** Runs a command of the recording on our daemon; a hash in what it printed then is what it prints now. */
  private run({ command, printed }: Hook, hashes: Map<string, string>): void {
    const text = this.ours(command, hashes).replaceAll(/\bdocker /g, `docker -H ${this.daemon.host} `);
    const output = execFileSync("sh", ["-c", `${text}; true`], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const hash = /[0-9a-f]{64}/;
    const [theirs, ours] = [hash.exec(printed)?.[0], hash.exec(output)?.[0]];
    if (theirs !== undefined && ours !== undefined) hashes.set(theirs, ours);
  }
}

/** One call, as the engine makes it; undefined for what answers nothing to compare. */
async function play(
  provider: ProviderUnderTest,
  call: Call,
  translate: (json: unknown) => Properties,
): Promise<Properties | undefined> {
  const { request } = call;
  const name = String(request["name"] ?? "");
  const id = String(translate({ id: request["id"] ?? "" })["id"]);
  const [olds, news, oldInputs] = [request["olds"], request["news"], request["oldInputs"]].map((one) =>
    translate(unwrapped(one)),
  );
  switch (call.method) {
    case "Check": {
      const { inputs, failures } = await provider.check(name, news ?? {}, olds);
      return { inputs, failed: failures.length > 0 };
    }
    case "Diff": {
      const { changes, replaces } = await provider.diff(name, id, oldInputs ?? {}, news ?? {}, olds);
      return { diffs: [...new Set(changes)].sort(), replaces: [...new Set(replaces)].sort() };
    }
    case "Create": {
      const made = await provider.create(
        name,
        translate(unwrapped(request["properties"])),
        request["preview"] === true,
      );
      return { id: made.id, properties: made.state };
    }
    case "Read": {
      const [inputs, state] = [request["inputs"], request["properties"]].map((one) =>
        one === undefined ? undefined : translate(unwrapped(one)),
      );
      const found = await provider.read(name, id, inputs, state);
      return found.id === "" ? {} : { id: found.id, inputs: found.inputs, properties: found.state };
    }
    case "Update":
      return {
        properties: await provider.update(
          name,
          id,
          oldInputs ?? {},
          news ?? {},
          olds ?? {},
          request["preview"] === true,
        ),
      };
    case "Delete":
      await provider.delete(name, id, oldInputs ?? {}, translate(unwrapped(request["properties"])));
      return {};
    case "Invoke":
      return {
        return: await provider.invoke(
          String(request["tok"]).replace(/^.*:/, ""),
          translate(unwrapped(request["args"])),
        ),
      };
    default:
      return undefined;
  }
}

/** What the official plugin answered, without what says nothing to a user. */
function expected({ method, response }: Call): unknown {
  const { inputs, failures, diffs, replaces, id, properties: state, return: returned } = response ?? {};
  const unique = (list: unknown): unknown => [...new Set(Array.isArray(list) ? list : [])].sort();
  switch (method) {
    case "Check":
      return { inputs: unwrapped(inputs), failed: Array.isArray(failures) && failures.length > 0 };
    case "Diff":
      return { diffs: unique(diffs), replaces: unique(replaces) };
    case "Create":
      return { id: id ?? "", properties: plainState(state) };
    case "Read":
      return id === undefined ? {} : { id, inputs: unwrapped(inputs), properties: plainState(state) };
    case "Update":
      return { properties: plainState(state) };
    case "Invoke":
      return { return: unwrapped(returned) };
    default:
      return {};
  }
}

function plainState(state: unknown): unknown {
  const plain = unwrapped(state);
  if (!isObject(plain)) return plain;
  const { __pulumi_raw_state_delta: _, __meta: meta, ...rest } = plain;
  return typeof meta === "string" ? { ...rest, __meta: meta.replace('"_new_extra_shim":{},', "") } : rest;
}

/** Without the signature that marks secrets. */
function unwrapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapped);
  if (!isObject(value)) return value;
  if ("4dabf18193072939515e22adb298388d" in value) return unwrapped(value["value"]);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unwrapped(item)]));
}

/** Which registries an image of another name has been in hangs on everything that was done on the daemon before. */
function forgetForeignDigest(properties: Record<string, unknown>): void {
  const { name, repoDigest } = properties;
  if (typeof name !== "string" || typeof repoDigest !== "string") return;
  if (!repoDigest.startsWith(`${name.replace(/:[^:/]*$/, "")}@`)) properties["repoDigest"] = "";
}

function json(answer: Properties): string {
  return JSON.stringify(answer, (_, item: unknown) =>
    typeof item === "symbol" ? "04da6b54-80e4-46f7-96ec-b56ff0331ba9" : item,
  );
}

function alike(theirs: string, ours: string, hashes: Map<string, string>): boolean {
  if (!/^[0-9a-f]{64}$/.test(theirs)) return theirs === ours;
  const known = hashes.get(theirs);
  if (known !== undefined) return known === ours;
  hashes.set(theirs, ours);
  return /^[0-9a-f]{64}$/.test(ours);
}

function typeIn(call: Call): string | undefined {
  if (call.method === "Invoke") return String(call.request["tok"]);
  const urn = call.request["urn"];
  return typeof urn === "string" ? urn.split("::")[2]?.split("$").at(-1) : undefined;
}

function stepsOf(name: string): string[] {
  const lines = readFileSync(join(recordings, "index.jsonl"), "utf8").split("\n").filter(Boolean);
  const entries = lines.map((line): { case: string; steps: Record<string, unknown> } => JSON.parse(line));
  const steps = Object.keys(entries.find((entry) => entry.case === name)?.steps ?? {});
  return steps.filter((step) => existsSync(join(recordings, name, `grpc.${step}.jsonl`)));
}

interface Hook {
  readonly command: string;
  readonly printed: string;
}

/** The commands that were run between the steps: `hook before:up: docker tag a b -> rc 0 …`. */
function hooksOf(name: string, when: string): Hook[] {
  const notes = readFileSync(join(recordings, name, "notes.txt"), "utf8");
  return notes.split("\n").flatMap((line) => {
    if (!line.startsWith(`hook ${when}: `)) return [];
    const [command = "", printed = ""] = line.slice(`hook ${when}: `.length).split(" -> rc ");
    return [{ command, printed }];
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
