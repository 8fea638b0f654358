import { expect } from "chai";
import { parseDockerfile } from "../../../daemon/dockerfile";
import { dockerfileFaults } from "../../../daemon/dockerfile-faults";
import { imagesOf } from "../../../daemon/dockerfile-images";
import { describeFault } from "../../../values/fault";

/** `@{X}` here is a Dockerfile's variable. */
function written(text: string): string {
  return text.replaceAll("@{", ["$", "{"].join(""));
}

interface Setting {
  readonly args?: Readonly<Record<string, string | undefined>>;
  readonly target?: string;
  readonly files?: readonly string[];
  readonly ignored?: readonly string[];
}

function faults(text: string, { args = {}, target, files = [], ignored = [] }: Setting = {}): string[] {
  const entries = files.map((path) => {
    const kind = path.endsWith("/") ? "directory" : path.endsWith("@") ? "link" : "file";
    return { path: path.replace(/[/@]$/, ""), mode: "-rw-r--r--", kind, sha256: "" } as const;
  });
  const found = dockerfileFaults(parseDockerfile(written(text)), {
    path: "app/Dockerfile",
    subject: 'Image "app"',
    args,
    ...(target === undefined ? {} : { target }),
    context: { entries, leavesOut: (path) => ignored.includes(path) },
  });
  return found.map((fault) =>
    describeFault(fault)
      .replace(/^Image "app": (?:app\/Dockerfile (?=line))?/, "")
      .replaceAll(written("@{"), "@{"),
  );
}

// Contract C10: what the daemon would refuse of a Dockerfile is refused in preview.
describe("faults of a Dockerfile", () => {
  it("names what the daemon would refuse, with line and text", () => {
    expect(faults("")).to.deep.equal(["app/Dockerfile has no instructions. Start it with `FROM IMAGE`."]);
    expect(faults("FROM a\nRNU x\nCOPPY . /")).to.deep.equal([
      'line 2 "RNU" is not an instruction. Did you mean RUN?',
      'line 3 "COPPY" is not an instruction. Did you mean COPY?',
    ]);
    expect(faults("RUN x\nFROM a")).to.deep.equal([
      'line 1 "RUN x" comes before the first `FROM`. Only `ARG` may stand there.',
    ]);
    expect(faults("ARG X=1")).to.deep.equal([
      'line 1 "ARG X=1" is in a file without `FROM`. Start the file with `FROM IMAGE`.',
    ]);
    expect(faults("FROM a b\nCOPY x\nENV Y\nWORKDIR")).to.deep.equal([
      'line 1 "FROM a b" is not understood. Write `FROM IMAGE` or `FROM IMAGE AS NAME`.',
      'line 2 "COPY x" needs source and destination.',
      'line 3 "ENV Y" has no value. Write `ENV NAME=VALUE`.',
      'line 4 "WORKDIR" needs a folder.',
    ]);
    expect(faults("FROM a AS 1x")[0]).to.contain('line 1 "1x" is no name of a stage');
    expect(faults("FROM Upper/case")[0]).to.contain('line 1 "Upper/case" names no image');
  });

  it("names a target that is no stage, and the stages there are", () => {
    expect(faults("FROM a AS one\nFROM one AS two", { target: "three" })).to.deep.equal([
      'build.target "three" is not a stage of app/Dockerfile. Its stages are: one, two.',
    ]);
    expect(faults("FROM a AS one", { target: "ONE" })).to.deep.equal([]);
    expect(faults("FROM a", { target: "0" })).to.deep.equal([]);
  });

  it("names a base that no argument gives", () => {
    expect(faults("ARG BASE\nFROM @{BASE}")).to.deep.equal([
      'line 2 "FROM @{BASE}" uses BASE, which has no value. Give it as build argument `BASE`, or give the `ARG` a default.',
    ]);
    expect(faults("FROM $OTHER")[0]).to.contain("Declare it with `ARG OTHER` before the first `FROM`.");
    expect(faults("ARG BASE\nFROM @{BASE}", { args: { BASE: "a:1" } })).to.deep.equal([]);
    expect(faults("ARG BASE\nFROM @{BASE}", { args: { BASE: undefined } })).to.deep.equal([]);
    expect(faults("ARG V=1\nARG BASE=a:@{V}\nFROM @{BASE} AS x\nFROM img-$TARGETARCH")).to.deep.equal([]);
  });

  it("names files that COPY does not find, and those that .dockerignore leaves out", () => {
    const files = ["src/", "src/a.txt", "link@", "b c"];
    expect(faults("FROM a\nCOPY nope src /x/\nADD ./src/b.txt /", { files })).to.deep.equal([
      'line 2 "nope" copies what is not in the build context. Paths start in the folder of the build context, not of the Dockerfile.',
      'line 3 "./src/b.txt" copies what is not in the build context. Paths start in the folder of the build context, not of the Dockerfile.',
    ]);
    expect(faults("FROM a\nCOPY secret.txt /", { files, ignored: ["secret.txt"] })).to.deep.equal([
      'line 2 "secret.txt" copies what .dockerignore leaves out. Take the rule out, or add an exception: `!secret.txt`.',
    ]);
    expect(faults("FROM a\nARG F=nope\nCOPY $F /\n", { files })[0]).to.contain('"$F" copies what is not');
  });

  it("refuses no good program: what only the build knows is left to it", () => {
    const files = ["src/", "src/a.txt", "link@", "b c"];
    const good = [
      "FROM a\nCOPY . /\nCOPY / /\nCOPY src /\nCOPY ./src/ /\nCOPY ../src/a.txt /\nCOPY *.go src/a.* /x/\nCOPY link/inside /",
      'FROM a\nCOPY ["b c", "/x/"]',
      "FROM a\nADD https://example.org/x.tgz /\nADD git@github.com:a/b.git /x\nADD https://github.com/a/b.git#main /y",
      "FROM a\nCOPY <<EOF /x\nFOO\nEOF\n",
      "FROM a\nCOPY --parents ./x/./y /\nCOPY --exclude=z nope /",
      "FROM a\nENV D=nope\nCOPY $D$UNKNOWN_OF_BASE /",
      "FROM a AS one\nCOPY --from=one x /\nFROM b\nCOPY --from=0 /x /\nCOPY --from=ONE /x /\nCOPY --from=nginx:1 /x /",
      "FROM a AS unused\nCOPY nope /\nFROM b\nRUN x",
      "# syntax=some/frontend\nanything at all",
      "# syntax=docker/dockerfile:1\nFROM a\nNEWTHING x",
      "from a as b\nonbuild copy nope /\nrun --mount=type=bind,from=b,target=/x --network=none x",
      "FROM a\nRUN cat <<EOF\nnever ends",
      "ARG A=scratch\nFROM @{A:-x}\nFROM @{Z:-y}",
      'FROM --platform=$BUILDPLATFORM a\nMAINTAINER me\nSHELL ["x"]\nSTOPSIGNAL 9\nVOLUME /x\nEXPOSE 1\nUSER 1\nLABEL a=b\nCMD\nENTRYPOINT []',
    ];
    for (const text of good) expect(faults(text, { files }), text).to.deep.equal([]);
  });

  it("lists the images that the build of a target reads", () => {
    const text = [
      "# syntax=docker/dockerfile:1",
      "ARG V=20",
      "FROM node:@{V} AS build",
      "FROM golang AS unused",
      "FROM build AS test",
      "RUN --mount=type=cache,target=/c --mount=type=bind,from=tool:1,target=/t x",
      "FROM scratch",
      "COPY --from=test /x /",
      "COPY --from=nginx:1 /y /",
    ].join("\n");
    const listed = imagesOf(parseDockerfile(written(text)), {}).map(({ reference, line }) => `${line} ${reference}`);
    expect(listed).to.deep.equal(["1 docker/dockerfile:1", "3 node:20", "6 tool:1", "9 nginx:1"]);
    expect(imagesOf(parseDockerfile(written("FROM @{X}")), { X: undefined })[0]?.reference).to.equal(undefined);
  });
});
