import { spawnSync } from "node:child_process";

/** A project that is measured. */
export interface Subject {
  readonly name: string;
  readonly folder: string;
  /** In which plain `pulumi` works. */
  readonly env: NodeJS.ProcessEnv;
}

/** Runs plain `pulumi` in a project; answers how long it took, in ms. Fails with what it said when it fails. */
export function pulumi(subject: Subject, words: readonly string[], env: NodeJS.ProcessEnv = {}): number {
  const started = performance.now();
  const options = {
    cwd: subject.folder,
    env: { ...subject.env, ...env },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  } as const;
  const { status, stdout, stderr } = spawnSync("pulumi", ["--non-interactive", ...words], options);
  const time = performance.now() - started;
  if (status !== 0) throw new Error(`pulumi ${words.join(" ")} in ${subject.name}:\n${stdout}${stderr}`);
  return time;
}

export const preview = (subject: Subject): number => pulumi(subject, ["preview", "--expect-no-changes"]);

export const up = (subject: Subject, env: NodeJS.ProcessEnv = {}): number =>
  pulumi(subject, ["up", "--yes", "--skip-preview"], env);

/**
 * Measures subjects in turn, so that what else the machine does meets all alike; once before it counts, so that none pays for
 * cold caches.
 */
export function interleaved(
  subjects: readonly Subject[],
  rounds: number,
  measure: (subject: Subject, round: number) => number,
): { readonly name: string; readonly times: number[] }[] {
  for (const subject of subjects) measure(subject, -1);
  const rows = subjects.map(({ name }) => ({ name, times: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const [index, subject] of subjects.entries()) rows[index]?.times.push(measure(subject, round));
    process.stderr.write(`\rround ${round + 1} of ${rounds} `);
  }
  process.stderr.write("\r                    \r");
  return rows;
}
