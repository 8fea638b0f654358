import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { inspectContainer } from "../../daemon/container";
import { withDefaults } from "../../provider/check";
import { bodyOf } from "../../provider/container/body";
import { defaults, nestedDefaults, rules } from "../../provider/container/inputs";
import { diffInputs } from "../../provider/diff";
import type { Properties } from "../../provider/value";
import { base, type Spelled, type Spelling } from "../support/container-spellings/spelling";
import { spelled, startWorld, type World } from "../support/container-spellings/world";
import { engineKind } from "../support/dockerd";
import { eachOf, missing } from "../support/matching";
import { ProviderUnderTest } from "../support/provider";

// Issue 4, "Idempotence": after the create the raw inspect is the oracle; then nothing is to be done any more.
/** What Debian's Podman 4.3 does not do, by the words in which that is told. */
const podmanRefuses: Readonly<Record<string, RegExp>> = {
  cgroupParent: /systemd slice received as cgroup parent when using cgroupfs/,
  envs: /names a variable without a value, and Podman's Docker API drops it/,
  init: /container-init binary not found on the host/,
  logDriver: /invalid log driver/,
  securityOpts: /takes the text of a seccomp profile for the name of a file/,
  uploads: /Podman's Docker API gives every uploaded file to the container's user/,
};

describe("every container input in every accepted spelling (C2, C4, C5)", function () {
  this.timeout(300_000);
  let world: World;
  const problems = new Map<Spelling, string[]>();
  let shared: Promise<void> | undefined;

  before(async () => {
    world = await startWorld();
  });

  after(async () => {
    await world?.stop();
  });

  /** One run of the engine: a provider lives as long as that. */
  async function run<Kind>(work: (provider: ProviderUnderTest) => Promise<Kind>): Promise<Kind> {
    const provider = await ProviderUnderTest.start(world.engine, "docker:index/container:Container");
    try {
      return await work(provider);
    } finally {
      provider.close();
    }
  }

  /** Everything that is wrong with one spelling, from the create to the second look. */
  async function wrongWith(name: string, { only }: Spelled, spelling: Spelling): Promise<string[]> {
    const made = only === "made" ? { start: false } : {};
    const program: Properties = { ...base, name: `spelled-${name}`, ...made, ...world.filled(spelling.inputs) };
    const wanted = world.filled(spelling.seen);
    const checked = await run((provider) => provider.check(name, program));
    if (checked.failures.length > 0) return checked.failures;
    if (only === "body") return missing(bodyOf(checked.inputs, {}), wanted);
    const wrong: string[] = [];
    const { id, state } = await run(async (provider) => {
      await provider.check(name, program);
      return provider.create(name, checked.inputs);
    });
    try {
      const before = await inspectContainer(world.engine, id);
      // Podman spells what it shows in words of its own (provider/container/podman.ts): there, what settles is the oracle.
      const shown = engineKind() === "podman" ? [] : missing(before, wanted);
      wrong.push(...shown.map((line) => `inspect${line}`));
      const change = (inputs: Properties, now: Properties, kinds: object): string =>
        Object.keys(kinds)
          .map((one) => one.replace(/[.[].*/, ""))
          .map((one) => `${one}: ${JSON.stringify(inputs[one])} to ${JSON.stringify(now[one])}`)
          .join("; ");
      const second = await run(async (provider) => {
        const { inputs } = await provider.check(name, program, checked.inputs);
        const { detailed } = await provider.diff(name, id, checked.inputs, inputs, state);
        return change(checked.inputs, inputs, detailed);
      });
      if (second !== "") wrong.push(`a second up would change ${second}`);
      const third = await run(async (provider) => {
        const read = await provider.read(name, id, checked.inputs, state);
        const { inputs } = await provider.check(name, program, read.inputs);
        const { detailed } = await provider.diff(name, read.id, read.inputs, inputs, read.state);
        return `${read.id === id ? "" : "another id"}${change(read.inputs, inputs, detailed)}`;
      });
      if (third !== "") wrong.push(`after a refresh an up would change ${third}`);
      const after = await inspectContainer(world.engine, id);
      if (after?.State?.StartedAt !== before?.State?.StartedAt) wrong.push("it was started again");
    } finally {
      await run((provider) => provider.delete(name, id, checked.inputs, state));
    }
    return wrong;
  }

  /** All spellings, several at a time: most of the time goes into waiting for the daemon. */
  function tryAll(): Promise<void> {
    // Spellings that hold one host port, address or name in turn.
    const alone = (one: Spelled): boolean => one.input === "ports" || one.input === "networksAdvanced";
    const rows = spelled.flatMap((one) => one.spellings.map((spelling, index) => ({ one, spelling, index })));
    const attempt = async ({ one, spelling, index }: (typeof rows)[number]): Promise<void> => {
      const name = `${one.input}-${spelled.indexOf(one)}-${index}`;
      const wrong = await wrongWith(name, one, spelling).catch((error: unknown) => [String(error)]);
      problems.set(spelling, wrong);
    };
    const crowd = eachOf(
      rows.filter(({ one }) => !alone(one)),
      5,
      attempt,
    );
    return crowd.then(() =>
      eachOf(
        rows.filter(({ one }) => alone(one)),
        1,
        attempt,
      ),
    );
  }

  it("has at least two spellings of each of the 74 inputs, each with its source", () => {
    const inputs = Object.entries(rules).filter(([, rule]) => rule.extra !== true);
    expect(inputs).to.have.length(74);
    const few = inputs.filter(
      ([name]) => spelled.filter((one) => one.input === name).flatMap((one) => one.spellings).length < 2,
    );
    expect(few.map(([name]) => name)).to.deep.equal([]);
    expect(spelled.flatMap((one) => one.spellings).filter((one) => one.source === "")).to.deep.equal([]);
  });

  for (const one of spelled) {
    const count = one.spellings.length;
    const how =
      one.only === undefined ? "" : one.only === "made" ? ", made and not started" : ", up to the create body";
    it(`${one.input}: ${count} spellings${one.same === true ? " of one meaning" : ""}${how}${one.why === undefined ? "" : `: ${one.why}`}`, async () => {
      shared ??= tryAll();
      await shared;
      const beyond = engineKind() === "podman" ? podmanRefuses[one.input] : undefined;
      const lines = one.spellings.flatMap((spelling) =>
        (problems.get(spelling) ?? ["was not tried"]).map(
          (line) => `${JSON.stringify(spelling.inputs)} (${spelling.source}): ${line}`,
        ),
      );
      const unexplained = lines.filter((line) => beyond?.test(line) !== true);
      expect(unexplained.join("\n")).to.equal("");
    });
  }

  (engineKind() === "podman" ? it : it.skip)("what Podman refuses is what docs/docker-host.md lists", () => {
    const refused = Object.keys(podmanRefuses).filter((input) =>
      spelled.some((one) => one.input === input && one.spellings.some((it) => (problems.get(it) ?? []).length > 0)),
    );
    expect(refused).to.deep.equal(Object.keys(podmanRefuses));
    const page = readFileSync(join(__dirname, "../../docs/docker-host.md"), "utf8");
    for (const input of refused) expect(page).to.contain(`| \`${input}\``);
  });

  it("going from one spelling of a meaning to another is no change", () => {
    const changes: string[] = [];
    for (const one of spelled.filter(({ same }) => same === true)) {
      const inputs = one.spellings.map((spelling) =>
        withDefaults(world.filled(spelling.inputs), defaults, nestedDefaults),
      );
      for (const [from, to] of inputs.flatMap((a) => inputs.map((b) => [a, b] as const))) {
        const found = diffInputs(rules, from, to);
        if (found.length > 0)
          changes.push(`${JSON.stringify(from)} to ${JSON.stringify(to)}: ${JSON.stringify(found)}`);
      }
    }
    expect(changes.join("\n")).to.equal("");
  });
});
