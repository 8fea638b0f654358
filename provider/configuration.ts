import { Engine } from "../daemon/client";
import { type Endpoint, resolveEndpoint, sameEndpoint } from "../daemon/endpoint";
import { daemonId } from "../daemon/identity";
import { type Fault, isSlipwayError, SlipwayError } from "../values/fault";
import { type Change, diffInputs, type Rule } from "./diff";
import { settingFaults } from "./setting-faults";
import { endpointQuery, readSettings, settingTable, stored } from "./settings";
import { hasUnknown, type Properties, textOf, textsOf, type Value } from "./value";

type Environment = Readonly<Record<string, string | undefined>>;

/** The answer of CheckConfig. */
export interface CheckedSettings {
  /** The settings as they go into the state. */
  readonly inputs: Properties;
  /** The names of those that are secret by themselves. */
  readonly secrets: readonly string[];
  readonly faults: readonly Fault[];
}

/** CheckConfig: every fault at once; what the environment says is looked at, but never written into the state. */
export async function checkSettings(news: Properties, subject: string, env: Environment): Promise<CheckedSettings> {
  const { values, faults } = readSettings(news, subject, env);
  const own = readSettings(news, subject).values;
  const inputs: Record<string, Value> = {};
  const secrets: string[] = [];
  for (const [name, given] of Object.entries(news)) {
    if (given === undefined) continue;
    const { value, secret } = stored(name, given, own[name]);
    inputs[name] = value;
    if (secret) secrets.push(name);
  }
  return { inputs, secrets, faults: [...faults, ...(await settingFaults(values, subject, env))] };
}

/** How each setting is compared: lists and flags as what they mean, whatever their spelling in JSON. */
const rules: Readonly<Record<string, Rule>> = Object.fromEntries(
  Object.keys(settingTable).map((name) => [
    name,
    { on: "update" as const, meaning: (value: Value) => readSettings({ [name]: value }, "").values[name] ?? value },
  ]),
);

/** What decides which daemon is meant; the rest says how to be let in. */
const leading = ["host", "context"];

/**
 * DiffConfig. Another spelling of the same endpoint, or another address of the same daemon, is no change. A really
 * different daemon is refused unless the settings allow the move: then everything is made anew there, and removed from
 * the old one (reconciliation.md, A9). An old address that does not answer can't be compared; each object knows its
 * daemon and refuses by itself.
 */
export async function diffSettings(
  olds: Properties,
  news: Properties,
  subject: string,
  env: Environment,
): Promise<Change[]> {
  const changes = diffInputs(rules, olds, news).filter(({ path }) => path !== "moveTo");
  const isLeading = ({ path }: Change): boolean => leading.includes(path);
  if (!changes.some(isLeading) || hasUnknown(olds) || hasUnknown(news)) return changes;
  const before = readSettings(olds, subject, env).values;
  const after = readSettings(news, subject, env).values;
  const [old, now] = await Promise.all([before, after].map((values) => resolveEndpoint(endpointQuery(values, env))));
  if (old === undefined || now === undefined) return changes;
  const rest = changes.filter((change) => !isLeading(change));
  if (await sameEndpoint(old, now)) return rest;
  const [oldId, newId] = await Promise.all([idAt(old, before), idAt(now, after)]);
  if (oldId === undefined || newId === undefined) return changes;
  if (oldId === newId) return rest;
  if (textOf(after["moveTo"]) === newId) {
    return changes.map((change) => (isLeading(change) ? { ...change, effect: "replace" } : change));
  }
  throw new SlipwayError({
    subject,
    path: changes.find(isLeading)?.path ?? "host",
    value: now.url,
    problem: `leads to another Docker daemon (${newId}) than before (${old.url}: ${oldId})`,
    advice: moveAdvice(newId),
  });
}

/** How a program allows the move to another daemon. */
export function moveAdvice(id: string): string {
  return (
    "Take the change back; or, to make everything anew there, allow it: set SLIPWAY_MOVE_TO to that id, or run " +
    `\`pulumi config set docker:moveTo ${id}\` for the default provider.`
  );
}

/** The way out where a daemon will never answer again: the engine can't delete what can't be reached. */
export function forgetAdvice(providerUrn: string): string {
  return `If it is gone for good, forget what was there: \`pulumi state delete --target-dependents '${providerUrn}'\`.`;
}

async function idAt(endpoint: Endpoint, values: Properties): Promise<string | undefined> {
  try {
    const engine = await Engine.connect(endpoint, { sshOpts: textsOf(values["sshOpts"]), patience: 5000 });
    const id = await daemonId(engine);
    engine.close();
    return id;
  } catch (error) {
    if (isSlipwayError(error)) return undefined;
    throw error;
  }
}
