import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { isSlipwayError, readSettings } from "slipway";
import { z } from "zod";

const schema = z.strictObject({
  replicas: z.int().min(1).default(1),
  host: z.string(),
  limits: z.strictObject({ memory: z.string() }).optional(),
});

describe("readSettings", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-settings-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function read(text: string, stack = "prod") {
    const file = join(folder, "settings.yaml");
    writeFileSync(file, text);
    return readSettings(file, schema, stack);
  }

  function failure(text: string, stack?: string): string[] {
    try {
      read(text, stack);
      return [];
    } catch (error) {
      if (!isSlipwayError(error)) throw error;
      return error.message.split("\n").map((line) => line.replace(/\(\S*settings\.yaml/, "(settings.yaml"));
    }
  }

  it("answers the stack's settings over the shared ones, typed, with the schema's defaults", () => {
    const settings = read("default:\n  host: a.example\n  replicas: 2\nprod:\n  host: b.example\ndev: {}\n");
    const replicas: number = settings.replicas;
    expect(replicas).to.equal(2);
    expect(settings).to.deep.equal({ host: "b.example", replicas: 2 });
    expect(read("dev:\n  host: c\n", "dev")).to.deep.equal({ host: "c", replicas: 1 });
  });

  it("names every fault with file, line and column, unknown keys too", () => {
    const text = "default:\n  limits: { memory: 5 }\nprod:\n  replicas: none\n  colour: red\n";
    expect(failure(text)).to.deep.equal([
      'Settings: prod.replicas "none" Invalid input: expected number, received string. (settings.yaml:4:13)',
      "Settings: prod.host Invalid input: expected string, received undefined. (settings.yaml:4:3)",
      'Settings: default.limits.memory "5" Invalid input: expected string, received number. (settings.yaml:2:21)',
      'Settings: prod.colour "red" is no setting that is known. Remove it, or correct its name. (settings.yaml:5:11)',
    ]);
  });

  it("refuses a stack without settings, and says which there are", () => {
    expect(failure("dev: {}\nstaging: {}\n")).to.deep.equal([
      'Settings has no settings for stack "prod"; it has: dev, staging. Add `prod:` or `default:` with the settings. (settings.yaml:1:1)',
    ]);
  });

  it("refuses what is no YAML, no map, or not there", () => {
    expect(failure("prod: [\n")[0]).to.match(/^Settings are no YAML: .*\(settings\.yaml:\d+:\d+\)$/);
    expect(failure("- a\n")[0]).to.contain("is no map of stack names to settings");
    expect(failure("prod: 5\n")[0]).to.contain('prod "5" is no map of settings');
    expect(() => readSettings(join(folder, "none.yaml"), schema, "dev")).to.throw("can't be read");
  });
});
