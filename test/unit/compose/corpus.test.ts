import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { ComposeError, type Stage } from "../../../compose/fault";
import { serviceHash } from "../../../compose/hash";
import type { Service } from "../../../compose/model/service";
import type { LoadOptions } from "../../../compose/options";
import { canonicalJson, loadEnvironment, loadProject, loadTemplate, loadVariables } from "../../../compose/project";

const beside = join(__dirname, "../../../../shared/compose-corpus");
const corpus = existsSync(beside) ? realpathSync(beside) : beside;

/** How the corpus writes the root of a case. */
const rootMark = "$".concat("{ROOT}");

/** Where the corpus was when compose computed its hashes: absolute paths are part of them. */
const recordedRoot = "/tmp/h3/run";

interface Case {
  readonly id: string;
  readonly root: string;
  readonly files: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
  readonly expect: "ok" | "reject";
  readonly stage?: string;
  readonly variants: readonly string[];
}

/** What compose prints in each variant, and how it is asked for. */
const variants: Readonly<Record<string, (options: LoadOptions) => unknown>> = {
  "config.json": printed,
  "config.no-path-resolution.json": (options) => printed({ ...options, resolvePaths: false }),
  "config.no-env-resolution.json": (options) => printed({ ...options, resolveEnvironment: false }),
  "config.no-consistency.json": (options) => printed({ ...options, checkConsistency: false }),
  "config.all-profiles.json": (options) => printed({ ...options, profiles: ["*"] }),
  "config.no-interpolate.json": loadTemplate,
  "variables.json": (options) => Object.fromEntries(loadVariables(options)),
};

describe("compose: the conformance corpus", function () {
  this.timeout(60_000);

  before(function () {
    if (existsSync(join(corpus, "index.jsonl"))) return;
    console.log("      skipped: the corpus is not beside this repository (../shared/compose-corpus)");
    this.skip();
  });

  for (const variant of Object.keys(variants)) {
    it(`gives what compose prints: ${variant}`, () => {
      compare(
        cases().filter(({ variants }) => variants.includes(variant)),
        (test) => {
          const expected = readExpected(test, variant);
          const actual = JSON.parse(JSON.stringify(variants[variant]?.(optionsOf(test))));
          expect(actual).to.deep.equal(JSON.parse(expected));
        },
      );
    });
  }

  it("gives the config hash of every service", () => {
    compare(
      cases().filter(({ variants }) => variants.includes("hash.txt")),
      (test) => {
        const { project } = loadProject(optionsOf(test));
        const lines = Object.entries(project.services).map(
          ([name, service]) => `${name} ${serviceHash(recorded(service, test))}`,
        );
        expect(lines.sort()).to.deep.equal(readExpected(test, "hash.txt").trim().split("\n").sort());
      },
    );
  });

  it("warns of what compose warns of", () => {
    compare(
      cases().filter(({ expect, variants }) => expect === "ok" && variants.includes("warnings.txt")),
      (test) => {
        const expected = new Set(
          [...readExpected(test, "warnings.txt").matchAll(/level=warning msg="((?:[^"\\]|\\.)*)"/g)].map(
            ([, text = ""]) => text.replace(/\\(.)/g, "$1"),
          ),
        );
        const root = join(corpus, test.root);
        const warnings = loadProject(optionsOf(test)).warnings.map((warning) => warning.replaceAll(root, rootMark));
        expect([...warnings].sort()).to.deep.equal([...expected].sort());
      },
    );
  });

  it("refuses what compose refuses, at the same stage", () => {
    compare(
      cases().filter((test) => test.expect === "reject"),
      (test) => {
        expect(refusalOf(() => loadProject(optionsOf(test)))).to.equal(stageOf(readExpected(test, "error.txt")));
      },
    );
  });

  it("reads files of variables", () => {
    const folder = join(corpus, "dotenv");
    const files = readdirSync(folder).filter((file) => !/\.(expected|error)$/.test(file));
    compare(
      files.map((file) => ({ id: file })),
      ({ id }) => {
        const file = join(folder, id);
        const environment = { HOME: "/home/user", PATH: "/usr/bin" };
        const load = (): Readonly<Record<string, string>> =>
          loadEnvironment({
            files: [join(corpus, "inline/gap-durations-bytes/proj/compose.yaml")],
            envFiles: [file],
            environment,
          });
        if (existsSync(`${file}.error`)) {
          expect(refusalOf(load)).to.equal("load");
          return;
        }
        const { HOME, PATH, PWD, ...read } = load();
        const lines = Object.entries(read).map(([name, value]) => `${name}=${value}`);
        expect(lines.sort().join("\n")).to.equal(readFileSync(`${file}.expected`, "utf8").trim());
      },
    );
  });
});

function cases(): readonly Case[] {
  const lines = readFileSync(join(corpus, "index.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}

/** Runs every case, says how many of how many are right, and shows the first that are not. */
function compare<T extends { readonly id: string }>(list: readonly T[], check: (test: T) => void): void {
  const wrong: string[] = [];
  for (const test of list) {
    try {
      check(test);
    } catch (error) {
      wrong.push(`${test.id}: ${error instanceof Error ? error.message.slice(0, 600) : error}`);
    }
  }
  console.log(`      ${list.length - wrong.length} of ${list.length}`);
  expect(list).not.to.have.length(0);
  expect(wrong.slice(0, Number(process.env["CORPUS_SHOW"] ?? 5))).to.deep.equal([]);
}

function printed(options: LoadOptions): unknown {
  return JSON.parse(canonicalJson(loadProject(options).project));
}

function optionsOf(test: Case): LoadOptions {
  const root = join(corpus, test.root);
  const files = test.files.map((file) => join(root, file));
  const flag = (name: string): string | undefined => {
    const at = test.flags.indexOf(name);
    return at === -1 ? undefined : test.flags[at + 1]?.replace(/^@/, `${root}/`);
  };
  const [envFile, profile, name, directory] = ["--env-file", "--profile", "-p", "--project-directory"].map(flag);
  return {
    files,
    directory: dirname(files[0] ?? root),
    environment: {
      HOME: "/home/user",
      PATH: process.env["PATH"],
      ...Object.fromEntries(Object.entries(test.env).map(([key, value]) => [key, value.replace(/^@/, `${root}/`)])),
    },
    ...(envFile !== undefined && { envFiles: [envFile] }),
    ...(profile !== undefined && { profiles: [profile] }),
    ...(name !== undefined && { projectName: name }),
    ...(directory !== undefined && { projectDirectory: directory }),
    ...(test.flags.includes("--compatibility") && { normalize: false }),
  };
}

function readExpected(test: Case, name: string): string {
  const text = readFileSync(join(corpus, "expected", test.id, name), "utf8");
  return name.endsWith(".json") ? text.replaceAll(rootMark, join(corpus, test.root)) : text;
}

function refusalOf(load: () => unknown): Stage | "accepted" {
  try {
    load();
    return "accepted";
  } catch (error) {
    if (error instanceof ComposeError) return error.stage;
    throw error;
  }
}

/** The service as it was where the corpus was recorded. */
function recorded(service: Service, test: Case): Service {
  return JSON.parse(JSON.stringify(service).replaceAll(join(corpus, test.root), join(recordedRoot, test.root)));
}

/** The stage that compose's own words tell. */
function stageOf(message: string): Stage {
  if (/error while interpolating|invalid interpolation format/.test(message)) return "interpolation";
  if (/^validating /m.test(message)) return "schema";
  if (/include cycle|Circular reference/.test(message)) return "cycle";
  if (/yaml: |failed to parse/.test(message)) return "yaml";
  if (/invalid compose project|dependency cycle|already mounted|must start either/.test(message)) return "consistency";
  return "load";
}
