import { EngineError } from "../../daemon/client";
import { type PluginSource, type Privilege, pluginPrivileges } from "../../daemon/plugin";
import { registryFault } from "../../daemon/registry-fault";
import { type Fault, messageOf, SlipwayError } from "../../values/fault";
import { fullReference } from "../../values/image-reference";
import { loginsOf } from "../registry-logins";
import type { Context } from "../resource";
import { subjectOf } from "../urn";
import { flagOf, hasUnknown, listOf, objectOf, type Properties, textOf, textsOf } from "../value";

/** Where it comes from and what it wants to be allowed, as its registry says. */
export async function sourceOf(context: Context, inputs: Properties): Promise<PluginSource> {
  const name = textOf(inputs["name"]) ?? "";
  const host = fullReference(name)?.registry ?? "";
  const found = await loginsOf(context).find(host);
  const source = { reference: name, host, found };
  const asked = pluginPrivileges(await context.engine(), name, source, context.signal);
  const privileges = await spoken(subjectOf(context.urn), asked, source, context.signal);
  return { ...source, privileges };
}

/** What it wants and was not granted. */
export function refused(context: Context, inputs: Properties, privileges: readonly Privilege[]): Fault[] {
  if (flagOf(inputs["grantAllPermissions"]) === true || hasUnknown(inputs["grantPermissions"])) return [];
  const grants = listOf(inputs["grantPermissions"]).map(objectOf);
  const missing = privileges.flatMap(({ Name, Value: wanted }) => {
    const granted = new Set(
      grants.filter((grant) => grant["name"] === Name).flatMap((grant) => textsOf(grant["values"])),
    );
    const left = (wanted ?? []).filter((value) => !granted.has(value));
    const isNamed = grants.some((grant) => grant["name"] === Name);
    return left.length > 0 || !isNamed ? [`${Name}: ${(wanted ?? []).join(", ")}`] : [];
  });
  if (missing.length === 0) return [];
  const problem = `does not grant what the plugin needs (${missing.join("; ")})`;
  const advice = "Add it, or set grantAllPermissions.";
  return [{ subject: subjectOf(context.urn), path: "grantPermissions", problem, advice }];
}

/** What goes wrong at the registry, in the user's terms. */
export async function spoken<Answer>(
  subject: string,
  asked: Promise<Answer>,
  { reference: name, found }: Pick<PluginSource, "reference" | "found">,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    signal.throwIfAborted();
    const status = error instanceof EngineError ? error.status : undefined;
    const fault = registryFault({
      reference: name,
      message: messageOf(error),
      status,
      found,
      verb: "pull",
      asker: "daemon",
    });
    throw new SlipwayError({ subject, path: "name", value: name, ...fault }, { cause: error });
  }
}
