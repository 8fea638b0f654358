import { expect } from "chai";
import { instructionOfStep } from "../../../daemon/build-failure";
import { parseDockerfile, stageOf } from "../../../daemon/dockerfile";

describe("a Dockerfile", () => {
  const shown = (text: string): string[] =>
    parseDockerfile(text).instructions.map(({ keyword, line, words }) => `${line} ${keyword} ${words.join("|")}`);

  it("splits as BuildKit does: directives, comments, continued lines", () => {
    const text = [
      "# syntax=docker/dockerfile:1",
      "# escape=`",
      "",
      "  # a comment",
      "from --platform=linux/amd64 a AS Build",
      "RUN one `  ",
      "",
      "  # inside",
      "    two `",
      "  three",
      'CMD ["a b", "c"]',
    ].join("\r\n");
    expect(shown(text)).to.deep.equal(["5 FROM a|AS|Build", "6 RUN one|two|three", "11 CMD a b|c"]);
    const file = parseDockerfile(text);
    expect(file.syntax).to.equal("docker/dockerfile:1");
    expect(file.stages[0]?.name).to.equal("build");
    expect(file.stages[0]?.from.flags).to.deep.equal([["platform", "linux/amd64"]]);
  });

  it("passes over what here-documents hold, and sees none in quotes", () => {
    const text = [
      "FROM a",
      'COPY <<EOF <<-"B B" /x/',
      "FROM not-this",
      "EOF",
      "\tB B",
      "RUN 3<<E cat",
      "E",
      "ONBUILD RUN <<F",
      "F",
      'RUN echo "x <<EOF" $((1<<2)) <<<here',
      "RUN cat <<EOF",
      "never",
    ].join("\n");
    expect(
      parseDockerfile(text).instructions.map(({ keyword, line, heredocs }) => [keyword, line, heredocs]),
    ).to.deep.equal([
      ["FROM", 1, 0],
      ["COPY", 2, 2],
      ["RUN", 6, 1],
      ["ONBUILD", 8, 1],
      ["RUN", 10, 0],
      ["RUN", 11, 1],
    ]);
    expect(parseDockerfile(text).endless).to.equal(11);
  });

  it("finds stages by name, whatever the case, and by number", () => {
    const file = parseDockerfile("ARG A\nFROM a AS One\nRUN x\nFROM One\n");
    expect(file.globals.map(({ keyword }) => keyword)).to.deep.equal(["ARG"]);
    expect(stageOf(file, "ONE")?.index).to.equal(0);
    expect(stageOf(file, "1")?.base).to.equal("One");
    expect(stageOf(file, "2")).to.equal(undefined);
    expect(stageOf(file, "two")).to.equal(undefined);
  });

  it("finds the instruction behind the name of a step", () => {
    const file = parseDockerfile(
      "FROM a AS one\nENV X=1\nRUN first\nWORKDIR /w\nRUN second\nFROM scratch\nCOPY --from=one a b\nFROM one AS last\nRUN third",
    );
    const line = (name: string): number | undefined => instructionOfStep(file, { name, error: "", output: [] })?.line;
    expect(line("[one 2/4] RUN first")).to.equal(3);
    expect(line("[one 4/4] RUN second")).to.equal(5);
    expect(line("[linux/arm64 one 3/4] WORKDIR /w")).to.equal(4);
    expect(line("[stage-1 1/1] COPY --from=one a b")).to.equal(7);
    expect(line("[last 1/1] RUN third")).to.equal(9);
    expect(line("[internal] load build definition from Dockerfile")).to.equal(undefined);
  });
});
