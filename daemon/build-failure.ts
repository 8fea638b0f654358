import { type Fault, SlipwayError } from "../values/fault";
import { canonicalReference } from "../values/image-reference";
import type { FailedStep } from "./build-log";
import type { BuildContext } from "./context";
import { type Dockerfile, type Instruction, parseDockerfile } from "./dockerfile";
import { imagesOf } from "./dockerfile-images";

/** What a failure needs to know of the build. */
export interface FailedBuild {
  readonly tags?: readonly string[];
  readonly args?: Readonly<Record<string, string>>;
  readonly target?: string;
}

/** How errors name the build. */
export function buildSubject({ tags }: FailedBuild): string {
  const name = tags?.[0];
  return name === undefined ? "Build" : `Build of "${name}"`;
}

/** A daemon's message about a build in the user's terms: the line of the Dockerfile, and what the failing step printed. */
export function buildFailure(
  message: string,
  failed: FailedStep | undefined,
  build: FailedBuild,
  context: Pick<BuildContext, "dockerfileText">,
): SlipwayError {
  const subject = buildSubject(build);
  const cause = new Error(message);
  const line = /dockerfile parse error (?:on )?line (\d+)/i.exec(message)?.[1];
  if (line !== undefined) return new SlipwayError(atLine(subject, Number(line), message, context), { cause });
  if (failed === undefined) return new SlipwayError({ subject, problem: `failed: ${plain(message)}` }, { cause });

  const dockerfile = parseDockerfile(context.dockerfileText);
  const absent = absentImage(subject, failed, build, dockerfile);
  if (absent !== undefined) return new SlipwayError(absent, { cause });
  const code = exitCode(failed.error) ?? exitCode(message);
  const how = code === undefined ? `failed: ${plain(failed.error || message)}` : `failed with exit code ${code}`;
  const output = failed.output.map((text) => `\n    ${text}`).join("");
  const instruction = instructionOfStep(dockerfile, failed);
  return new SlipwayError(
    {
      subject,
      ...(instruction === undefined
        ? { path: failed.name }
        : { path: `Dockerfile line ${instruction.line}`, value: instruction.text }),
      problem: how,
      ...(output === "" ? {} : { advice: `It printed:${output}` }),
    },
    { cause },
  );
}

/** The fault where what failed is not a step but the image that a step needs. */
function absentImage(
  subject: string,
  failed: FailedStep,
  build: FailedBuild,
  dockerfile: Dockerfile,
): Fault | undefined {
  const reference = /(?:load metadata|resolve image config) for (\S+)/.exec(failed.name)?.[1];
  if (reference === undefined) return undefined;
  const wanted = canonicalReference(reference);
  const used = imagesOf(dockerfile, build.args ?? {}, build.target).find(
    (image) => image.reference !== undefined && canonicalReference(image.reference) === wanted,
  );
  const what = used?.isFrontend === true ? "the frontend" : "the image";
  return {
    subject,
    path: used === undefined ? failed.name : `Dockerfile line ${used.line}`,
    value: used?.written ?? reference,
    problem: `names ${what} that can't be fetched: ${plain(failed.error)}`,
    advice: "Check the name and the registry, or put the image on the daemon first.",
  };
}

/** The instructions that BuildKit counts as steps of a stage. */
const counted = ["ADD", "COPY", "RUN", "WORKDIR"];

/**
 * The instruction behind the name of a step: `[build 2/4] RUN make` is the second-last of the steps of stage `build`
 * (buildkit, frontend/dockerfile/dockerfile2llb, `prefixCommand`), `Step 5/9 : RUN make` of the classic builder the fifth of all.
 */
export function instructionOfStep(dockerfile: Dockerfile, { name, instruction }: FailedStep): Instruction | undefined {
  if (instruction !== undefined) return dockerfile.instructions[instruction - 1];
  const match = /^\[(?:\w+\/\S+ +)?(?:(\S+) +)?(\d+)\/(\d+)\] (\w+)/.exec(name);
  if (match === null) return undefined;
  const [, stage, number, total, keyword = ""] = match;
  const stages = dockerfile.stages.filter(
    ({ index, name }) => stage === undefined || stage === name || stage === `stage-${index}`,
  );
  for (const { instructions } of stages.toReversed()) {
    const steps = instructions.filter((one) => counted.includes(one.keyword));
    const found = steps[steps.length - 1 - (Number(total) - Number(number))];
    if (found?.keyword === keyword.toUpperCase()) return found;
  }
  return undefined;
}

function exitCode(message: string): string | undefined {
  return /exit code: (\d+)/.exec(message)?.[1] ?? /returned a non-zero code: (\d+)/.exec(message)?.[1];
}

function atLine(subject: string, line: number, message: string, context: Pick<BuildContext, "dockerfileText">): Fault {
  const text = context.dockerfileText.split(/\r?\n/)[line - 1];
  return {
    subject,
    path: `Dockerfile line ${line}`,
    ...(text === undefined ? {} : { value: text.trim() }),
    problem: `is not understood: ${plain(message).replace(/^.*parse error (?:on )?line \d+: /i, "")}`,
  };
}

/** The names of the machinery that BuildKit puts in front, and of the snapshot in which it looked for a file. */
const machinery = [
  "failed to solve(?: with frontend [^:]+)?: ",
  "failed to (?:build|create) LLB(?: definition)?: ",
  "failed to compute cache key: ",
  "failed to calculate checksum of ref \\S+: ",
  "rpc error: code = \\w+ desc = ",
];

function plain(message: string): string {
  return message.replace(new RegExp(`^(?:${machinery.join("|")})+`), "");
}
