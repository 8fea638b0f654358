import { relative } from "node:path";
import Mocha from "mocha";

const { EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING, EVENT_TEST_RETRY } =
  Mocha.Runner.constants;

/** How many of the slowest are named. */
const slowest = 10;

/** How many lines are told of the error of a test that passed when tried again. */
const linesOfError = 30;

/**
 * Mocha's "spec", and after it: where the time went, what passed only when tried again, what was run shortened, and, for `npm run test:all`, how many tests
 * were planned beside how many were run.
 */
export default class Reporter extends Mocha.reporters.Spec {
  private readonly run: Mocha.Test[] = [];

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    for (const event of [EVENT_TEST_PASS, EVENT_TEST_FAIL]) {
      runner.on(event, (test: Mocha.Test) => {
        if (test.type === "test") this.run.push(test);
      });
    }
    const skipped: string[] = [];
    const retried: string[] = [];
    runner.on(EVENT_TEST_RETRY, (test: Mocha.Test, error: Error) =>
      retried.push(`${test.fullTitle()}: ${error.message.split("\n").slice(0, linesOfError).join("\n    ")}`),
    );
    runner.on(EVENT_TEST_PENDING, (test) => skipped.push(test.fullTitle()));
    runner.once(EVENT_RUN_END, () => {
      this.printTimes();
      this.printShortened();
      for (const title of retried) console.log(`  tried again: ${title}`);
      for (const title of skipped) console.log(`  not run: ${title}`);
      const planned = process.env["SLIPWAY_TEST_PLANNED"];
      if (planned !== undefined) console.log(`\n  ${planned} tests planned, ${this.run.length} run`);
    });
  }

  private printTimes(): void {
    const files = new Map<string, number>();
    for (const test of this.run) {
      const file = relative(process.cwd(), test.file ?? "");
      files.set(file, (files.get(file) ?? 0) + (test.duration ?? 0));
    }
    console.log("  slowest files, without their set-up");
    print([...files]);
    console.log("\n  slowest tests");
    print(this.run.map((test) => [test.fullTitle(), test.duration ?? 0]));
  }

  /** A test whose count is cut outside of `test:all` says so in its title. */
  private printShortened(): void {
    const titles = this.run.map((test) => test.fullTitle()).filter((title) => title.includes("shortened"));
    if (titles.length > 0) console.log("\n  shortened; npm run test:all runs them in full");
    for (const title of titles) console.log(`    ${title}`);
  }
}

function print(times: readonly (readonly [string, number])[]): void {
  const sorted = [...times].sort(([, a], [, b]) => b - a).slice(0, slowest);
  for (const [name, time] of sorted) console.log(`  ${(time / 1000).toFixed(1).padStart(8)} s  ${name}`);
}
