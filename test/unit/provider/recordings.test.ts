import { expect } from "chai";
import { withDefaults } from "../../../provider/check";
import { defaults, nestedDefaults, rules } from "../../../provider/container/inputs";
import { diffInputs } from "../../../provider/diff";
import { listOf, type Properties } from "../../../provider/value";
import { canonical, describeRecordings, equal, properties, recordedCalls } from "../../support/recordings";

const containerType = "docker:index/container:Container";

// What the official plugin answered, call by call. The folder lies beside the checkout here, not in a user's clone.
describeRecordings("the recordings of the official plugin (../shared beside the checkout)", () => {
  const calls = recordedCalls();

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
});
