import { type Dockerfile, flagsOf, type Instruction, type Stage, stageOf } from "./dockerfile";
import { expand, globalVariables, type Variables } from "./dockerfile-variables";

/** An image that a build reads: what a stage starts from, copies from, or the frontend of `# syntax=`. */
export interface UsedImage {
  /** As the build will ask for it; undefined where only the build knows. */
  readonly reference?: string;
  /** The line that names it. */
  readonly line: number;
  /** As written there. */
  readonly written: string;
  /** True where it is the frontend that reads the Dockerfile. */
  readonly isFrontend: boolean;
}

/** Every image that the build of a target reads from a registry or from the daemon. */
export function imagesOf(
  dockerfile: Dockerfile,
  args: Readonly<Record<string, string | undefined>>,
  target?: string,
): UsedImage[] {
  const globals = globalVariables(dockerfile, args);
  const used: UsedImage[] = [];
  if (dockerfile.syntax !== undefined) {
    used.push({ reference: dockerfile.syntax, line: 1, written: dockerfile.syntax, isFrontend: true });
  }
  for (const stage of neededStages(dockerfile, globals, target)) {
    const base = expand(stage.base, globals).text;
    if (base === undefined || (base !== "scratch" && earlierStage(dockerfile, stage, base) === undefined)) {
      used.push(usedImage(base, stage.from.line, stage.base));
    }
    for (const { name, instruction } of copiedFrom(stage)) {
      const from = name.includes("$") ? undefined : name;
      if (from === undefined || stageOf(dockerfile, from) === undefined) {
        used.push(usedImage(from, instruction.line, name));
      }
    }
  }
  return used;
}

/** The stages that a target needs, itself last: BuildKit leaves out the others, and their faults. */
export function neededStages(dockerfile: Dockerfile, globals: Variables, target?: string): Stage[] {
  const last = target === undefined ? dockerfile.stages.at(-1) : stageOf(dockerfile, target);
  const needed = new Set<Stage>();
  const need = (stage: Stage | undefined): void => {
    if (stage === undefined || needed.has(stage)) return;
    needed.add(stage);
    need(earlierStage(dockerfile, stage, expand(stage.base, globals).text ?? ""));
    for (const { name } of copiedFrom(stage)) need(earlierStage(dockerfile, stage, name));
  };
  need(last);
  return [...needed].sort((a, b) => a.index - b.index);
}

/** A stage of that name or number in front of another. */
export function earlierStage(dockerfile: Dockerfile, stage: Stage, name: string): Stage | undefined {
  return stageOf({ ...dockerfile, stages: dockerfile.stages.slice(0, stage.index) }, name);
}

/** What `COPY --from` and `RUN --mount=from=` of a stage name. */
export function copiedFrom(stage: Stage): { readonly name: string; readonly instruction: Instruction }[] {
  return stage.instructions.flatMap((instruction) => {
    const copied = instruction.keyword === "COPY" ? flagsOf(instruction, "from") : [];
    const mounts = instruction.keyword === "RUN" ? flagsOf(instruction, "mount") : [];
    const mounted = mounts.map((mount) => /(?:^|,)from=([^,]*)/.exec(mount)?.[1] ?? "");
    return [...copied, ...mounted].filter((name) => name !== "").map((name) => ({ name, instruction }));
  });
}

function usedImage(reference: string | undefined, line: number, written: string): UsedImage {
  return { ...(reference === undefined ? {} : { reference }), line, written, isFrontend: false };
}
