import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { withDefaults } from "../../../provider/check";
import { defaults, nestedDefaults, rules } from "../../../provider/container/inputs";
import { diffInputs } from "../../../provider/diff";
import { listOf, type Properties, unknown, type Value } from "../../../provider/value";

const folder = join(__dirname, "../../../../shared/provider-recordings");
const containerType = "docker:index/container:Container";

interface Call {
  readonly file: string;
  readonly method: string;
  readonly request: { readonly urn?: string; readonly type?: string; readonly [key: string]: unknown };
  readonly response?: { readonly [key: string]: unknown };
}

// What the official plugin answered, call by call. The folder lies beside the checkout here, not in a user's clone.
(existsSync(folder) ? describe : describe.skip)(
  "the recordings of the official plugin (../shared beside the checkout)",
  () => {
    const calls = existsSync(folder) ? recordedCalls() : [];

    it("Check of a container fills in the same defaults", () => {
      const checks = calls.filter((call) => call.method === "Check" && call.request.type === containerType);
      const answered = checks.filter((call) => call.response?.["inputs"] !== undefined && !call.response["failures"]);
      const different: string[] = [];
      for (const call of answered) {
        const theirs = properties(call.response?.["inputs"]);
        const generated: Properties = listOf(theirs["__defaults"]).includes("name")
          ? { name: theirs["name"] ?? null }
          : {};
        const ours = withDefaults(properties(call.request["news"]), { ...defaults, ...generated }, nestedDefaults);
        const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
        const wrong = names.filter((name) => !equal(ours[name], theirs[name]));
        const shown = wrong.map(
          (name) => `${name}: ${canonical(ours[name] ?? null)} not ${canonical(theirs[name] ?? null)}`,
        );
        if (wrong.length > 0) different.push(`${call.file}: ${shown.join("; ")}`);
      }
      console.log(`      ${answered.length - different.length} of ${answered.length} recorded Checks equal`);
      expect(different.join("\n")).to.equal("");
    });

    it("Diff of an unchanged container finds nothing", () => {
      const diffs = calls.filter(
        (call) =>
          call.method === "Diff" &&
          call.request.urn?.includes(containerType) === true &&
          call.response?.["changes"] === "DIFF_NONE",
      );
      const different: string[] = [];
      for (const call of diffs) {
        const changes = diffInputs(rules, properties(call.request["oldInputs"]), properties(call.request["news"]));
        if (changes.length > 0) different.push(`${call.file}: ${JSON.stringify(changes)}`);
      }
      console.log(`      ${diffs.length - different.length} of ${diffs.length} recorded unchanged Diffs empty`);
      expect(different).to.deep.equal([]);
    });
  },
);

function recordedCalls(): Call[] {
  const cases = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return cases.flatMap((entry) => {
    const logs = readdirSync(join(folder, entry.name)).filter((name) => /^grpc\..*\.jsonl$/.test(name));
    return logs.flatMap((log) => {
      const lines = readFileSync(join(folder, entry.name, log), "utf8")
        .split("\n")
        .filter(Boolean);
      return lines.map((line) => {
        const call: Call = JSON.parse(line);
        return { ...call, method: call.method.split("/").at(-1) ?? "", file: `${entry.name}/${log}` };
      });
    });
  });
}

function properties(json: unknown): Properties {
  const value = toValue(json);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Properties) : {};
}

function toValue(json: unknown): Value {
  if (json === "04da6b54-80e4-46f7-96ec-b56ff0331ba9") return unknown;
  if (Array.isArray(json)) return json.map(toValue);
  if (typeof json === "object" && json !== null) {
    return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, toValue(item)] as const)) as Properties;
  }
  return typeof json === "string" || typeof json === "number" || typeof json === "boolean" ? json : null;
}

/** Deep equality in which the order of keys says nothing. */
function equal(a: Value | undefined, b: Value | undefined): boolean {
  return canonical(a ?? null) === canonical(b ?? null);
}

function canonical(value: Value): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === "symbol") return "(unknown)";
    if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([x], [y]) => (x < y ? -1 : 1)));
  });
}
