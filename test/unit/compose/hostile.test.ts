import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect } from "chai";

/** What a file does to the loader: the stage at which it is refused, or `accepted`; the time and the memory that it took. */
interface Outcome {
  readonly stage: string;
  readonly message: string;
  readonly milliseconds: number;
  readonly megabytes: number;
}

/** A variable reference that is not closed. */
const open = "$".concat("{A");
const image = "services: {a: {image: i}}\n";
const levels = (count: number, width: number): string =>
  Array.from({ length: count }, (_, index) => {
    const item = index === 0 ? '"lol"' : `*l${index - 1}`;
    return `x-l${index}: &l${index} [${Array.from({ length: width }, () => item).join(", ")}]`;
  }).join("\n");
const mappingLevels = (count: number): string =>
  Array.from({ length: count }, (_, index) =>
    index === 0
      ? "x-m0: &m0 {a: 1, b: 2}"
      : `x-m${index}: &m${index} {a: *m${index - 1}, b: *m${index - 1}, c: *m${index - 1}}`,
  ).join("\n");

/** Name, file, the stage that refuses it. */
const files: readonly (readonly [string, string, string])[] = [
  ["an alias bomb of lists", `${levels(12, 12)}\n${image}`, "yaml"],
  ["an alias bomb of mappings", `${mappingLevels(30)}\n${image}`, "yaml"],
  [
    "an alias bomb through merge keys",
    `x-0: &m0 {a: 1}\n${Array.from({ length: 40 }, (_, i) => `x-${i + 1}: &m${i + 1} {<<: [*m${i}, *m${i}], k${i}: {<<: *m${i}}}`).join("\n")}\n${image}`,
    "yaml",
  ],
  ["an alias inside its own anchor", `x-a: &a [1, *a]\n${image}`, "yaml"],
  ["an alias inside its own mapping", `services: {a: &a {image: i, labels: *a}}\n`, "yaml"],
  ["a merge key into itself", `x-a: &a {<<: *a, b: 1}\n${image}`, "yaml"],
  ["an alias without an anchor", "services: {a: {image: *nowhere}}\n", "yaml"],
  ["100,000 open lists", "[".repeat(100_000), "yaml"],
  ["5,000 lists in each other", `x-a: ${"[".repeat(5000)}${"]".repeat(5000)}\n${image}`, "yaml"],
  ["5,000 mappings in each other", `x-a: ${"{a: ".repeat(5000)}1${"}".repeat(5000)}\n${image}`, "yaml"],
  [
    "3,000 levels of indentation",
    `${Array.from({ length: 3000 }, (_, i) => `${" ".repeat(i)}x-a:`).join("\n")}\n`,
    "yaml",
  ],
  ["100,000 dashes", `x-a:\n  ${"- ".repeat(100_000)}a\n${image}`, "yaml"],
  ["200,000 entries", `x-a: [${"1,".repeat(200_000)}1]\n${image}`, "yaml"],
  ["300,000 lines", `x-a:\n${"  - a\n".repeat(300_000)}${image}`, "yaml"],
  ["17 million characters", `x-a: "${"a".repeat(17 * 1024 * 1024)}"\n${image}`, "yaml"],
  ["a quote that never closes", `services: {a: {image: "${"a".repeat(1_000_000)}}}\n`, "yaml"],
  ["a tab as indentation", "services:\n\ta:\n\t\timage: i\n", "yaml"],
  ["a key twice", "services: {a: {image: i, image: j}}\n", "yaml"],
  ["a service twice", "services:\n  a: {image: i}\n  a: {image: j}\n", "yaml"],
  ["a number as a key", "services: {1: {image: i}}\n", "yaml"],
  ["null as a key", "services: {null: {image: i}}\n", "yaml"],
  ["a date as a key", "services: {2020-01-01: {image: i}}\n", "yaml"],
  ["a list as a key", "services: {? [a] : {image: i}}\n", "yaml"],
  ["a list as the document", "- services\n", "yaml"],
  ["NUL characters", "services: {a: {image: i\0}}\n", "yaml"],
  ["half of a surrogate pair", 'services: {a: {image: "\\ud800"}}\n', "yaml"],
  ["random bytes", "\u0001\u0002\u0003\ufffd{]}[\u0000", "yaml"],
  [
    "defaults nested 5,000 times",
    `services: {a: {image: "${`${open}:-`.repeat(5000)}x${"}".repeat(5000)}"}}\n`,
    "interpolation",
  ],
  ["100,000 open braces", `services: {a: {image: "${`${open}:-{`.repeat(50_000)}"}}\n`, "interpolation"],
  ["a variable without an end", `services: {a: {image: "${open}"}}\n`, "interpolation"],
  ["a number of 4,000 digits", `services: {a: {image: i, scale: ${"9".repeat(4000)}}}\n`, "interpolation"],
  ["a float beyond all", "services: {a: {image: i, cpus: 1e999}}\n", "interpolation"],
  ["infinitely many processors", "services: {a: {image: i, cpus: .inf}}\n", "schema"],
  ["a number of 65 bits", "services: {a: {image: i, pids_limit: 36893488147419103232}}\n", "load"],
  ["a size beyond all", `services: {a: {image: i, mem_limit: "${"9".repeat(400)}g"}}\n`, "load"],
  ["a duration of 500 digits", `services: {a: {image: i, stop_grace_period: "${"9".repeat(500)}s"}}\n`, "load"],
  ["a port of 400 digits", `services: {a: {image: i, ports: ["${"9".repeat(400)}:80"]}}\n`, "load"],
  ["methods as keys of ports", "services: {a: {image: i, ports: [{valueOf: 1}, {toString: 2}]}}\n", "load"],
  ["a service that extends itself", "services: {a: {extends: a, image: i}}\n", "cycle"],
  ["services that extend each other", "services: {a: {extends: b}, b: {extends: c}, c: {extends: a}}\n", "cycle"],
  ["a file that includes itself", `include: [compose.yaml]\n${image}`, "cycle"],
  ["a service that extends its own file", "services: {a: {extends: {file: compose.yaml, service: a}}}\n", "cycle"],
  [
    "services that depend on each other",
    "services: {a: {image: i, depends_on: [b]}, b: {image: i, links: [a]}}\n",
    "consistency",
  ],
  ["a network named as a method", "services: {a: {image: i, networks: [toString]}}\n", "consistency"],
  ["a dependency named as a method", "services: {a: {image: i, depends_on: [hasOwnProperty]}}\n", "consistency"],
  ["a service named __proto__", "services: {__proto__: {image: i}, constructor: {image: i}}\n", "accepted"],
  [
    "labels named as methods",
    "services: {a: {image: i, labels: {__proto__: x, toString: y, valueOf: z}}}\n",
    "accepted",
  ],
  ["a mark of byte order", `\ufeff${image}`, "accepted"],
];

describe("compose: hostile files", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "hostile-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("end within a second and 200 MB, in a refusal or in what compose makes of them", async () => {
    const paths = files.map(([, text], index) => {
      const file = join(folder, `${index}`, "compose.yaml");
      return { file, text };
    });
    for (const { file, text } of paths) {
      mkdirSync(join(file, ".."), { recursive: true });
      writeFileSync(file, text);
    }
    const outcomes = await load(paths.map(({ file }) => file));
    const wrong = files.flatMap(([name, , stage], index) => {
      const outcome = outcomes[index];
      if (outcome?.stage === stage && outcome.milliseconds < slowest && outcome.megabytes < 200) return [];
      return [`${name}: ${JSON.stringify(outcome)} instead of ${stage}`];
    });
    const longest = Math.max(...outcomes.map(({ milliseconds }) => milliseconds));
    const largest = Math.max(...outcomes.map(({ megabytes }) => megabytes));
    console.log(`      ${files.length - wrong.length} of ${files.length}; at most ${longest} ms and ${largest} MB`);
    expect(wrong).to.deep.equal([]);
  });
});

/** A second of the processor; the clock may show more where the machine is shared. */
const slowest = 1000;

/** Loads each file in a thread with 200 MB of heap: who needs more ends it. */
function load(paths: readonly string[]): Promise<readonly Outcome[]> {
  const source = `
    require("ts-node/register/transpile-only");
    const { loadProject } = require(${JSON.stringify(join(__dirname, "../../../compose/project"))});
    const { parentPort, workerData } = require("node:worker_threads");
    const outcome = (file) => {
      const before = process.cpuUsage();
      let result;
      try {
        loadProject({ files: [file], environment: {} });
        result = { stage: "accepted", message: "" };
      } catch (error) {
        result = { stage: error.stage ?? "crash", message: String(error.message).slice(0, 200) };
      }
      const used = process.cpuUsage(before);
      return { ...result, milliseconds: Math.round(used.user / 1000), megabytes: Math.round(process.memoryUsage().heapUsed / 2 ** 20) };
    };
    for (const file of workerData) parentPort.postMessage(outcome(file));
  `;
  return new Promise((resolve, reject) => {
    const worker = new Worker(source, {
      eval: true,
      workerData: paths,
      resourceLimits: { maxOldGenerationSizeMb: 200 },
    });
    const outcomes: Outcome[] = [];
    worker.on("message", (outcome) => outcomes.push(outcome));
    worker.on("error", reject);
    worker.on("exit", () =>
      outcomes.length === paths.length ? resolve(outcomes) : reject(new Error(`ended at file ${outcomes.length}`)),
    );
  });
}
