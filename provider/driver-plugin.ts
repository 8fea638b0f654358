import type { Engine } from "../daemon/client";
import { systemInfo } from "../daemon/system";
import type { Context } from "./resource";

/**
 * Says so where the daemon knows no driver of that name. No fault: a plugin of the old kind shows only when it is first
 * used, and a docker.Plugin of the same program may bring one.
 */
export async function warnOfUnknownDriver(
  context: Context,
  engine: Engine,
  subject: string,
  kind: "Network" | "Volume" | "Log",
  driver: string,
): Promise<void> {
  const known = (await systemInfo(engine, context.signal)).Plugins?.[kind] ?? [];
  if (known.includes(driver)) return;
  const what = `the daemon knows no ${kind.toLowerCase()} driver "${driver}" yet; it has ${known.join(", ")}`;
  context.log(`${subject}: ${what}.`, "warning");
}
