/**
 * Random input for the compose loader and every parser of a short form: `npx ts-node test/fuzz/compose.ts [minutes] [seed]`,
 * 10 minutes by default. The unit tests run it for two seconds. What it finds is printed with its seed; put it into
 * test/unit/compose/fuzzed.test.ts.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { longPorts } from "../../compose/canonical/port";
import { longVolume } from "../../compose/canonical/volume";
import { parseByteSize } from "../../compose/decode/byte-size";
import { parseGoDuration, printGoDuration } from "../../compose/decode/go-duration";
import { shellWords } from "../../compose/decode/shell-words";
import { DotenvError, parseDotenv } from "../../compose/environment/dotenv";
import { parseRawEnv } from "../../compose/environment/raw-env";
import { ComposeError } from "../../compose/fault";
import { substitute, TemplateError } from "../../compose/interpolation/template";
import { LoadFault } from "../../compose/load-fault";
import { canonicalJson, loadProject, loadTemplate, loadVariables } from "../../compose/project";
import { plainScalar } from "../../compose/yaml/scalar";

/** What a run did, and what went wrong. */
export interface Run {
  readonly inputs: number;
  /** How many projects were accepted, and so read again from what was printed. */
  readonly accepted: number;
  readonly findings: readonly string[];
}

/** Longer than this for one input is a hang; in milliseconds of the processor. */
const hang = 3000;

/** Random numbers that a seed repeats (mulberry32). */
class Chance {
  constructor(private state: number) {}

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(list: readonly T[], otherwise: T): T {
    return list[this.below(list.length)] ?? otherwise;
  }

  text(pieces: readonly string[], most: number): string {
    return Array.from({ length: this.below(most) }, () => this.pick(pieces, "")).join("");
  }
}

const variable = (inside: string): string => `$${`{${inside}}`}`;

const pieces: readonly string[] = [
  ..."abz019_.-+:/\\,;=#$%&*!?@|<>'\"`(){}[]~ \t\n",
  "\u0000",
  "\ufeff",
  "é",
  "😀",
  "\ud800",
  "__proto__",
  "80",
  "8080:80",
  "/tcp",
  "127.0.0.1",
  "[::1]",
  "./",
  "../",
  "~",
  "10s",
  "1h30m",
  "512m",
  "1.5",
  "1e309",
  "0x1f",
  "017",
  "1_000",
  "99999999999999999999",
  "true",
  "null",
  ":ro",
  "nocopy",
  "service:",
  "container:",
  variable("A"),
  variable("A:-b"),
  variable("B:?no"),
  variable("C:+x"),
  "$$",
  "\\n",
  "\\0",
  "export ",
];

const keys: readonly string[] = [
  "services",
  "networks",
  "volumes",
  "secrets",
  "configs",
  "include",
  "name",
  "x-a",
  "image",
  "build",
  "command",
  "entrypoint",
  "environment",
  "env_file",
  "ports",
  "volumes",
  "networks",
  "depends_on",
  "deploy",
  "healthcheck",
  "labels",
  "extends",
  "logging",
  "ulimits",
  "tmpfs",
  "secrets",
  "configs",
  "scale",
  "cpus",
  "mem_limit",
  "develop",
  "gpus",
  "devices",
  "extra_hosts",
  "links",
  "network_mode",
  "profiles",
  "post_start",
  "provider",
  "models",
  "ssh",
  "additional_contexts",
  "resources",
  "limits",
  "test",
  "interval",
  "source",
  "target",
  "type",
  "path",
  "file",
  "service",
  "<<",
  "a",
  "b",
  "default",
  "__proto__",
];

const templates: readonly string[] = [
  "services:\n  a:\n    image: i\n    ports: ['80:80', {target: 81}]\n    environment: [A=1, B]\n    volumes: ['v:/v', './x:/x:ro']\nvolumes: {v: }\n",
  "x-b: &b {image: i, labels: {a: 1}}\nservices:\n  a: {<<: *b, command: 'a \"b c\"'}\n  b: {extends: a, depends_on: [a], networks: {n: {aliases: [x]}}}\nnetworks: {n: }\n",
  "services:\n  a: {build: {context: ., args: [A=1], secrets: [s]}, healthcheck: {test: x, interval: 5s}, deploy: {replicas: 2}}\nsecrets: {s: {environment: A}}\n",
  "services: {a: {image: !!str 5, ports: !override ['80'], hostname: !reset null, mem_limit: 1g, stop_grace_period: 1m}}\n",
];

/** Feeds random input until the time is over. */
export function fuzz(seed: number, milliseconds: number): Run {
  const chance = new Chance(seed);
  const folder = mkdtempSync(join(tmpdir(), "fuzz-"));
  const findings: string[] = [];
  let inputs = 0;
  let accepted = 0;
  const end = Date.now() + milliseconds;
  try {
    while (Date.now() < end && findings.length < 20) {
      for (const [name, parse] of Object.entries(parsers)) {
        const text = chance.text(pieces, 14);
        inputs++;
        watch(`${name}: ${JSON.stringify(text)}`, () => parse(text), findings);
      }
      const text = chance.below(4) === 0 ? grown(chance) : mutated(chance);
      inputs++;
      watch(
        `file: ${JSON.stringify(text)}`,
        () => {
          if (loadText(folder, text, findings)) accepted++;
        },
        findings,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { inputs, accepted, findings };
}

const quiet = (): void => undefined;
const variables = (name: string): string | undefined => ({ A: "a", C: "" })[name];

/** Every parser of a short form. */
const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  port: (text) => longPorts(text, []),
  volume: (text) => longVolume(text, []),
  command: shellWords,
  size: parseByteSize,
  scalar: plainScalar,
  template: (text) => substitute(text, variables, quiet),
  dotenv: (text) => parseDotenv(text, new Map(), { lookup: variables, warn: quiet }),
  raw: (text) => parseRawEnv(text, new Map(), variables),
  duration: (text) => {
    const value = parseGoDuration(text);
    if (value === undefined) return;
    const again = parseGoDuration(printGoDuration(value));
    if (again !== value) throw new Error(`${value} ns is printed as ${printGoDuration(value)}, which is ${again} ns`);
  },
};

/** Loads a file in every way; an accepted project is printed and loaded again. */
function loadText(folder: string, text: string, findings: string[]): boolean {
  const file = join(folder, "compose.yaml");
  const environment = { A: "a", C: "", HOME: folder };
  writeFileSync(file, text);
  for (const load of [loadTemplate, loadVariables])
    watch(`${load.name}: ${JSON.stringify(text)}`, () => load({ files: [file], environment }), findings);
  const json = canonicalJson(loadProject({ files: [file], environment }).project);
  const again = join(folder, "again.yaml");
  writeFileSync(again, json);
  // Not always itself: compose forgets that `network_mode: ""` was said, for one.
  loadProject({ files: [again], environment });
  return true;
}

/** One run of what may only end, or refuse in its own words. */
function watch(subject: string, run: () => unknown, findings: string[]): void {
  const before = process.cpuUsage();
  try {
    run();
  } catch (error) {
    const isRefusal =
      error instanceof ComposeError ||
      error instanceof LoadFault ||
      error instanceof TemplateError ||
      error instanceof DotenvError;
    if (!isRefusal) findings.push(`${subject}: ${error instanceof Error ? error.stack : error}`);
  }
  const used = process.cpuUsage(before).user / 1000;
  if (used > hang) findings.push(`${subject}: took ${Math.round(used)} ms`);
}

/** A template with some characters replaced, cut out, doubled or put in. */
function mutated(chance: Chance): string {
  let text = chance.pick(templates, "");
  for (let count = chance.below(5); count >= 0; count--) {
    const at = chance.below(text.length);
    const length = chance.below(12);
    const middle = chance.pick(
      ["", text.slice(at, at + length).repeat(2), chance.pick(pieces, ""), chance.pick(keys, "")],
      "",
    );
    text = text.slice(0, at) + middle + text.slice(at + chance.below(length + 1));
  }
  return text;
}

/** A document of known keys and random values. */
function grown(chance: Chance): string {
  const value = (depth: number): unknown => {
    const kind = chance.below(depth > 4 ? 4 : 8);
    if (kind < 3) return chance.text(pieces, 4);
    if (kind === 3) return chance.pick<unknown>([0, 1, -1, 1.5, 1e21, true, false, null, "", 65_536], null);
    if (kind < 6)
      return Object.fromEntries(
        Array.from({ length: chance.below(5) }, () => [chance.pick(keys, "a"), value(depth + 1)]),
      );
    return Array.from({ length: chance.below(4) }, () => value(depth + 1));
  };
  const service = (): unknown => ({
    image: "i",
    ...Object.fromEntries(Array.from({ length: chance.below(4) }, () => [chance.pick(keys, "a"), value(2)])),
  });
  return JSON.stringify({
    services: { a: service(), b: service() },
    ...(chance.below(3) === 0 && { [chance.pick(keys, "a")]: value(0) }),
  });
}

if (require.main === module) {
  const minutes = Number(process.argv[2] ?? 10);
  const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
  console.log(`seed ${seed}, ${minutes} minutes`);
  const { inputs, accepted, findings } = fuzz(seed, minutes * 60_000);
  console.log(`${inputs} inputs, ${accepted} projects accepted and read again, ${findings.length} findings`);
  for (const finding of findings) console.log(finding);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
