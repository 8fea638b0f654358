import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { extract } from "tar-stream";
import { type BuildContext, changedFiles, readContext } from "../../../daemon/context";
import { parseIgnore } from "../../../daemon/ignore";
import { isSlipwayError } from "../../../values/fault";
import { restoreProject } from "../../support/recorded-project";
import { recordings } from "../../support/recordings";

describe("a build context", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "slipway-context-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text, { mode: 0o644 });
    }
  }

  it("has the digest the official provider recorded", async function () {
    if (!existsSync(recordings)) {
      console.log("      skipped: the recordings of the official provider are not beside this project");
      this.skip();
    }
    const checks = readdirSync(recordings)
      .filter((name) => name.startsWith("i-"))
      .flatMap(recordedChecks);
    const wrong: string[] = [];
    for (const check of checks) {
      const folder = mkdtempSync(join(root, "case-"));
      restoreProject(check.name, check.step, folder);
      const context = await readContext({ context: check.context, dockerfile: check.dockerfile, root: folder });
      if (context.digest !== check.digest) wrong.push(`${check.name} ${check.step}`);
    }
    console.log(`      ${checks.length - wrong.length} of ${checks.length} digests equal`);
    expect(wrong).to.deep.equal([]);
    expect(checks.length).to.be.greaterThan(0);
  });

  it("names the files that changed", async () => {
    write({ "app/Dockerfile": "FROM scratch\n", "app/a.txt": "a", "app/b.txt": "b", "app/c.txt": "c" });
    const before = await readContext({ context: "app", dockerfile: "app/Dockerfile", root });
    write({ "app/a.txt": "A", "app/d/e.txt": "e" });
    chmodSync(join(root, "app/b.txt"), 0o755);
    rmSync(join(root, "app/c.txt"));
    const after = await readContext({ context: "app", dockerfile: "app/Dockerfile", root });
    expect(changedFiles(before.files, after.files)).to.deep.equal(["a.txt", "b.txt", "c.txt", "d/e.txt"]);
    expect(after.digest).not.to.equal(before.digest);
  });

  it("sends what is not ignored, directories and links included", async () => {
    write({
      "app/.dockerignore": "\uFEFFnode_modules\n*.log\n!keep.log\n",
      "app/Dockerfile": "FROM scratch\n",
      "app/node_modules/x/index.js": "x",
      "app/a.log": "a",
      "app/keep.log": "k",
      "app/empty.txt": "",
      "app/src/big.bin": "0123456789".repeat(100_000),
    });
    mkdirSync(join(root, "app/hollow"));
    symlinkSync("nowhere", join(root, "app/dangling"));
    const sent = await names(await readContext({ context: "app", dockerfile: "app/Dockerfile", root }));
    expect(sent).to.deep.equal({
      ".dockerignore": "file 32",
      Dockerfile: "file 13",
      dangling: "symlink nowhere",
      "empty.txt": "file 0",
      hollow: "directory",
      "keep.log": "file 1",
      src: "directory",
      "src/big.bin": "file 1000000",
    });
  });

  it("sends a Dockerfile from outside, or an ignored one, under a name of its own", async () => {
    write({ "app/a.txt": "a", "docker/web": "FROM scratch\n", "docker/web.dockerignore": "*.md", "app/b.md": "b" });
    const context = await readContext({ context: "app", dockerfile: "docker/web", root });
    expect(context.dockerfile).to.match(/^\.dockerfile\.[0-9a-f]{20}$/);
    expect(Object.keys(await names(context)).sort()).to.deep.equal([context.dockerfile, "a.txt"]);
  });

  it("says which context or Dockerfile is missing, and which one was meant", async () => {
    write({ "app/Dockerfile": "FROM scratch\n" });
    expect(await failure({ context: "nope", dockerfile: "app/Dockerfile", root })).to.contain('"nope" does not exist');
    expect(await failure({ context: "app", dockerfile: "Dockerfile", root })).to.contain(
      'did you mean "app/Dockerfile"?',
    );
  });
});

describe("an ignore file", () => {
  const cases: readonly [rules: string, ignored: string[], kept: string[]][] = [
    ["# note\n\n  a  \n", ["a", "a/b"], ["b", "ab", "x/a"]],
    ["/a/./b/../c/", ["a/c", "a/c/d"], ["a/b"]],
    ["*.txt", ["a.txt"], ["d/a.txt", "a.TXT", "atxt"]],
    ["**/*.txt", ["a.txt", "d/a.txt", "d/e/a.txt"], ["a.md"]],
    ["**/node_modules/**", ["node_modules/x", "a/node_modules/x/y"], ["node_modules"]],
    ["a?c\n[x-z].md", ["abc", "x.md"], ["a/c", "w.md", "abbc"]],
    ["*\n!src\n!package.json\nsrc/*.test.js", ["README", "src/a.test.js"], ["src", "src/a.js", "package.json"]],
    ["c++\n(draft)\n{a}\na|b", ["c++", "(draft)", "{a}", "a|b/c"], ["c", "draft", "b"]],
    ["constructor\ntoString", ["constructor", "toString/x"], ["valueOf"]],
    ["\\*.txt\n\\!x", ["*.txt", "!x"], ["a.txt", "x"]],
    ["é?", ["éx", "é🐳"], ["é"]],
  ];
  for (const [rules, ignored, kept] of cases) {
    it(JSON.stringify(rules), () => {
      const read = parseIgnore(rules);
      expect(ignored.filter((path) => !read.ignores(path))).to.deep.equal([]);
      expect(kept.filter((path) => read.ignores(path))).to.deep.equal([]);
    });
  }

  it("names the line of a broken pattern", () => {
    expect(() => parseIgnore("a\n[b\n")).to.throw('.dockerignore, line 2 "[b" is not a pattern');
    expect(() => parseIgnore("!")).to.throw("line 1");
  });
});

async function failure(source: Parameters<typeof readContext>[0]): Promise<string> {
  try {
    await readContext(source);
    return "no error";
  } catch (error) {
    return isSlipwayError(error) ? error.message : "another error";
  }
}

async function names(context: BuildContext): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const entry of context.tar().pipe(extract())) {
    entry.resume();
    const { name, type, size, linkname } = entry.header;
    found[name] = type === "file" ? `file ${size}` : type === "symlink" ? `symlink ${linkname}` : String(type);
  }
  return found;
}

interface Recorded {
  readonly name: string;
  readonly step: string;
  readonly context: string;
  readonly dockerfile: string;
  readonly digest: string;
}

interface Line {
  readonly method: string;
  readonly response?: { readonly inputs?: { readonly build?: Record<string, string> } };
}

function recordedChecks(name: string): Recorded[] {
  return readdirSync(join(recordings, name))
    .filter((file) => /^grpc\..*\.jsonl$/.test(file))
    .flatMap((file) => {
      const step = file.slice("grpc.".length, -".jsonl".length);
      const text = readFileSync(join(recordings, name, file), "utf8");
      return text.split("\n").flatMap((line): Recorded[] => {
        if (line === "") return [];
        const call: Line = JSON.parse(line);
        const build = call.method.endsWith("/Check") ? call.response?.inputs?.build : undefined;
        const { context, dockerfile, contextDigest: digest } = build ?? {};
        return context === undefined || dockerfile === undefined || digest === undefined
          ? []
          : [{ name, step, context, dockerfile, digest }];
      });
    });
}
