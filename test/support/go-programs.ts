import { ComposeCli } from "./compose-cli";
import { ensureLoadGenerator } from "./load";

/**
 * What `npm test` needs of Go, built before the tests run, one after the other: beside them it would take their time. A test
 * run by itself builds what it needs.
 */
async function buildPrograms(): Promise<void> {
  await ComposeCli.make();
  await ensureLoadGenerator();
}

buildPrograms().catch((error: unknown) => {
  console.error(String(error));
  process.exitCode = 1;
});
