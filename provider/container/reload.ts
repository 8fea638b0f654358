import type { Engine } from "../../daemon/client";
import { killContainer } from "../../daemon/container";
import { execute } from "../../daemon/exec";
import { SlipwayError } from "../../values/fault";
import type { Context } from "../resource";
import { listOf, objectOf, type Properties, textOf, textsOf, type Value } from "../value";
import type { Inspect } from "./look";
import { nameOf } from "./standing";
import { uploadAll } from "./upload";

/** True where changed uploads are taken up by the container that runs: it says how, and no file is to go. */
export function reloads(before: Value, after: Value, news: Properties): boolean {
  const files = (value: Value): string[] => listOf(value).map((item) => textOf(objectOf(item)["file"]) ?? "");
  const kept = new Set(files(after));
  return textOf(objectOf(news["reload"])["signal"]) !== undefined && files(before).every((file) => kept.has(file));
}

/**
 * Copies changed files into a container that runs, has them checked, and tells its main process.
 * @throws {@link SlipwayError} when the check fails; the old files are back then, and the process was told nothing
 */
export async function reload(
  context: Context,
  engine: Engine,
  seen: Inspect,
  olds: Properties,
  news: Properties,
  blocks: readonly Value[],
): Promise<void> {
  const id = seen.Id ?? "";
  const how = objectOf(news["reload"]);
  const check = textsOf(how["check"]);
  await uploadAll(engine, id, news, context.signal, blocks);
  if (seen.State?.Running !== true) return;
  if (check.length > 0) {
    const { exitCode, output } = await execute(engine, id, { command: check }, context.signal);
    if (exitCode !== 0) {
      const files = new Set(blocks.map((item) => textOf(objectOf(item)["file"])));
      const before = listOf(olds["uploads"]).filter((item) => files.has(textOf(objectOf(item)["file"])));
      await uploadAll(engine, id, olds, context.signal, before);
      throw new SlipwayError({
        subject: `Container "${nameOf(seen)}"`,
        path: "uploads",
        problem: `are refused by its check (exit code ${exitCode}): ${output.trim().split("\n").slice(-5).join("\n  ")}`,
        advice: "Mend the files; it runs on with the old ones.",
      });
    }
  }
  await killContainer(engine, id, textOf(how["signal"]) ?? "HUP", context.signal);
}
