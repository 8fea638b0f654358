import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SlipwayError } from "../values/fault";

/**
 * The schema of the package, for `pulumi import`, `pulumi package get-schema` and the SDKs of other languages. It is made
 * from @pulumi/docker when Slipway is built (bin/schema), lies beside the bundle, and is read only when somebody asks.
 */
export async function readSchema(): Promise<string> {
  for (const folder of [__dirname, join(__dirname, "../dist/provider")]) {
    const text = await readFile(join(folder, "schema.json"), "utf8").catch(() => undefined);
    if (text !== undefined) return text;
  }
  throw new SlipwayError({
    subject: "The schema of package docker",
    problem: `is not in ${__dirname}`,
    advice: "Install slipway again, or run `npm run bundle` in a checkout.",
  });
}
