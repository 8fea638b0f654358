import { arch, cpus, loadavg, release, totalmem, type } from "node:os";

/** The times of one thing, in ms. */
export interface Row {
  readonly name: string;
  readonly times: readonly number[];
}

/** The middle one; of an even count the upper of the two. */
export function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}

/** Prints rows below one another; each beside the last one, unless it stands alone. */
export function printTable(title: string, rows: readonly Row[]): void {
  const last = median(rows.at(-1)?.times ?? []);
  const width = Math.max(...rows.map(({ name }) => name.length));
  console.log(`\n${title}`);
  console.log(
    `${"".padEnd(width)}  ${"median".padStart(9)}  ${"fastest".padStart(9)}  ${rows.length > 1 ? "ratio" : ""}`,
  );
  for (const { name, times } of rows) {
    const middle = median(times);
    const cells = [middle, Math.min(...times)].map((time) => `${Math.round(time)} ms`.padStart(9));
    const ratio = rows.length > 1 ? `  ${(middle / last).toFixed(2).padStart(5)}` : "";
    console.log(`${name.padEnd(width)}  ${cells.join("  ")}${ratio}`);
  }
}

/** What the numbers depend on. */
export function machine(): string {
  const [processor] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} × ${processor?.model.trim() ?? "unknown processor"}, ${memory}, ${type()} ${release()} ${arch()}`;
}

/** How busy the machine is with other work: on one that is, only the ratios mean something. */
export function load(): string {
  return loadavg()[0]?.toFixed(1) ?? "unknown";
}
