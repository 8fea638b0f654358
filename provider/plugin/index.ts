import type { Plugin } from "@docker/node-sdk";
import type { PluginArgs } from "@pulumi/docker";
import type { Engine } from "../../daemon/client";
import { registryAvailability } from "../../daemon/image-availability";
import { inspectPlugin, pullPlugin, removePlugin, setPlugin, upgradePlugin } from "../../daemon/plugin";
import { type Fault, SlipwayError } from "../../values/fault";
import { canonicalReference, fullReference } from "../../values/image-reference";
import { withDefaults } from "../check";
import type { Claim } from "../deployment";
import type { Rules } from "../diff";
import { loginsOf } from "../registry-logins";
import type { Context, Resource } from "../resource";
import { subjectOf } from "../urn";
import { flagOf, hasUnknown, isEmpty, type Properties, textOf, textsOf, unknown, type Value } from "../value";
import { refused, sourceOf, spoken } from "./source";
import { drifted, importedInputs, plannedState, settingsFor, stateOf } from "./state";
import { disable, enable, switchedOff } from "./switch";

const whenTrue = (value: Value): Value => (value === true ? true : null);
const canonical = (value: Value): Value => (typeof value === "string" ? canonicalReference(value) : value);

const rules: Rules<PluginArgs> = {
  alias: { on: "replace", meaning: canonical },
  enableTimeout: { on: "update", meaning: (value) => (value === 0 ? null : value) },
  enabled: { on: "update" },
  envs: { on: "update", unordered: true },
  forceDestroy: { on: "update", meaning: whenTrue },
  forceDisable: { on: "update", meaning: whenTrue },
  grantAllPermissions: { on: "update", meaning: whenTrue },
  grantPermissions: { on: "update", unordered: true, sets: ["values"] },
  name: { on: "replace", meaning: canonical },
};

/** docker.Plugin: a managed plugin of the daemon. */
export const plugin: Resource = {
  token: "docker:index/plugin:Plugin",
  rules,

  check(_olds, news, request) {
    const subject = `Plugin "${request.name}"`;
    const inputs = withDefaults(news, { enabled: true }, { grantPermissions: {} });
    const faults: Fault[] = [];
    const advice = "Write it as [REGISTRY/]REPOSITORY[:TAG], in lower case.";
    for (const path of ["name", "alias"] as const) {
      const text = textOf(inputs[path]);
      if (text !== undefined && fullReference(text) === undefined) {
        faults.push({ subject, path, value: text, problem: "is not a reference", advice });
      } else if (text === undefined && path === "name" && inputs[path] !== unknown) {
        faults.push({ subject, path, problem: "is missing", advice });
      }
    }
    if (inputs["grantAllPermissions"] === true && !isEmpty(inputs["grantPermissions"])) {
      const problem = "is given beside `grantAllPermissions`";
      faults.push({ subject, path: "grantPermissions", problem, advice: "Keep one of the two." });
    }
    textsOf(inputs["envs"]).forEach((entry, index) => {
      if (/^[^=]+=/.test(entry)) return;
      faults.push({ subject, path: `envs[${index}]`, problem: "is no variable", advice: "Write `NAME=value`." });
    });
    return { inputs, faults };
  },

  claims(inputs) {
    const name = localName(inputs);
    return name === undefined ? [] : [claimOf(name)];
  },

  /** A plugin of that name that is somebody else's, and what the registry's plugin wants to be allowed. */
  async verify(context, inputs, old) {
    const name = localName(inputs);
    if (old !== undefined || name === undefined || hasUnknown(inputs["name"])) return [];
    const present = await inspectPlugin(await context.engine(), name, context.signal);
    const known = context.deployment.seen.get(context.urn);
    if (present !== undefined && present.Id !== known) return [taken(context, name, present)];
    // Engine 20.10 answers the question for privileges with none where it can't reach the registry, so that is asked first.
    const reference = textOf(inputs["name"]) ?? "";
    const search = { logins: loginsOf(context), signal: context.signal };
    const found = await registryAvailability(await context.engine(), reference, search);
    const subject = subjectOf(context.urn);
    if (found.at === "nowhere") return [{ subject, path: "name", value: reference, ...found.fault }];
    if (found.at === "unknown") {
      context.log(`${subject}: name "${reference}": ${found.reason}.`, "warning");
      return [];
    }
    return refused(context, inputs, (await sourceOf(context, inputs)).privileges);
  },

  plan: plannedState,

  /** Installs it; one of the same name that this replaces is upgraded in its place, and runs again if that fails. */
  async create(context, inputs) {
    const engine = await context.engine();
    const name = localName(inputs) ?? "";
    const source = await sourceOf(context, inputs);
    const faults = refused(context, inputs, source.privileges);
    if (faults.length > 0) throw new SlipwayError(faults);
    const onProgress = (line: string): void => context.log(line, "status");
    const present = await inspectPlugin(engine, name, context.signal);
    const known = context.deployment.seen.get(context.urn);
    if (present !== undefined && present.Id !== known) throw new SlipwayError(taken(context, name, present));
    const subject = subjectOf(context.urn);
    if (present !== undefined) {
      await switchedOff(context, engine, present, inputs, () =>
        spoken(subject, upgradePlugin(engine, name, source, onProgress, context.signal), source, context.signal),
      );
    } else {
      await spoken(subject, pullPlugin(engine, name, source, onProgress, context.signal), source, context.signal);
    }
    try {
      const pulled = await mustInspect(engine, name);
      const settings = settingsFor(inputs, pulled);
      if (settings.length > 0) await setPlugin(engine, name, settings, context.signal);
      if (flagOf(inputs["enabled"]) !== false) await enable(context, engine, name, inputs);
    } catch (error) {
      // Nothing half-done stays: the next try starts from nothing.
      if (present === undefined) await removePlugin(engine, name, true);
      throw error;
    }
    const made = await mustInspect(engine, name);
    return { id: made.Id ?? "", state: stateOf(inputs, made) };
  },

  async read(context, id, inputs) {
    const seen = await inspectPlugin(await context.engine(), id, context.signal);
    if (seen === undefined) return undefined;
    const known = inputs === undefined ? importedInputs(seen) : drifted(inputs, seen);
    return { id: seen.Id ?? id, inputs: known, state: stateOf(known, seen) };
  },

  /** Variables can be set only while it is switched off; it runs again afterwards, also where setting them fails. */
  async update(context, id, _olds, news) {
    const engine = await context.engine();
    const before = await mustInspect(engine, id);
    const settings = settingsFor(news, before);
    const shouldRun = flagOf(news["enabled"]) !== false;
    if (settings.length > 0) {
      await switchedOff(context, engine, before, news, () => setPlugin(engine, id, settings, context.signal));
    } else if (!shouldRun && before.Enabled === true) {
      await disable(context, engine, before, news);
    }
    const between = await mustInspect(engine, id);
    if (shouldRun && between.Enabled !== true) await enable(context, engine, id, news);
    return stateOf(news, await mustInspect(engine, id));
  },

  /** Stops it and removes it; while a volume uses it, it stays unless it is to go by force. */
  async delete(context, id, inputs, state) {
    const engine = await context.engine();
    const seen = await inspectPlugin(engine, id, context.signal);
    if (seen === undefined) return;
    const asked = { ...state, ...inputs };
    const force = flagOf(asked["forceDestroy"]) ?? false;
    if (seen.Enabled === true && !force) await disable(context, engine, seen, asked);
    await removePlugin(engine, id, force, context.signal);
  },
};

/** The name it has on the daemon: its alias, else its reference. */
function localName(inputs: Properties): string | undefined {
  if (inputs["alias"] === unknown) return undefined;
  return textOf(inputs["alias"]) ?? textOf(inputs["name"]);
}

function claimOf(name: string): Claim {
  return { kind: "plugin", name: canonicalReference(name) };
}

function taken(context: Context, name: string, { Id = "", PluginReference = "" }: Plugin): Fault {
  const problem = `is the name of plugin ${Id.slice(0, 12)} (${PluginReference}), which is not of this resource`;
  const advice = `Give another alias, or take it over with \`pulumi import docker:index/plugin:Plugin NAME ${name}\`.`;
  return { subject: subjectOf(context.urn), path: "alias", value: name, problem, advice };
}

async function mustInspect(engine: Engine, name: string): Promise<Plugin> {
  const seen = await inspectPlugin(engine, name);
  if (seen !== undefined) return seen;
  throw new SlipwayError({ subject: `Plugin "${name}"`, problem: "is gone", advice: "Run the command again." });
}
