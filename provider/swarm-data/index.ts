import { randomUUID } from "node:crypto";
import { inspectData, type Kept } from "../../daemon/swarm-data";
import { generatedName, withDefaults } from "../check";
import { diffInputs, type Rule, rootOf } from "../diff";
import { labelBlocks, labelList } from "../labels";
import type { Context, Resource } from "../resource";
import { askManager } from "../swarm-manager";
import { givenIn, isEmpty, type Properties, textOf, unknown } from "../value";
import { contentOf, faultsOf } from "./faults";
import type { DataKind } from "./kind";
import { dropData, makeData, relabel, standingFaults } from "./standing";

/** What the two resources differ in. */
export interface DataResource {
  readonly kind: DataKind;
  readonly rules: Readonly<Record<string, Rule>>;
  readonly secrets?: readonly string[];
  /** The state that a Create or a Read answers, from the inputs and what the swarm has. */
  state(inputs: Properties, kept: Kept): Properties;
  /** The state of a preview. */
  blank: Properties;
}

/** A secret or a config of a swarm: one lifecycle, known by the id that the swarm gave it. */
export function dataResource({ kind, rules, secrets, state, blank }: DataResource): Resource {
  return {
    token: kind.token,
    rules,
    ...(secrets === undefined ? {} : { secrets }),

    check(olds, news, request) {
      const named = textOf(news["name"]) === undefined && news["name"] !== unknown;
      const inputs = withDefaults(news, named ? { name: generatedName(olds, request) } : {});
      // An import can't know the data of a secret: the engine checks what Read answered.
      const isImported = !isEmpty(olds) && olds["data"] === undefined && olds["dataRaw"] === undefined;
      return { inputs, faults: faultsOf(kind, `${kind.word} "${request.name}"`, inputs, isImported) };
    },

    claims(inputs) {
      const name = textOf(inputs["name"]);
      return name === undefined ? [] : [{ kind: kind.claim, name }];
    },

    async verify(context, inputs, old) {
      return old === undefined ? standingFaults(context, kind, inputs) : [];
    },

    plan(inputs, old) {
      const given = givenIn(inputs);
      return old === undefined ? { ...blank, ...given } : { ...old, ...given };
    },

    async create(context, inputs) {
      const id = await makeData(context, kind, inputs, randomUUID());
      return { id, state: state(inputs, await mustInspect(context, kind, id)) };
    },

    async read(context, id, inputs) {
      const kept = await look(context, kind, id);
      if (kept === undefined) return undefined;
      const given = inputs === undefined ? imported(kept) : drifted(rules, inputs, kept);
      return { id: kept.ID ?? id, inputs: given, state: state(given, kept) };
    },

    /** Labels change in place, without a word to the services that use it. */
    async update(context, id, _olds, news) {
      await relabel(context, kind, await mustInspect(context, kind, id), news);
      return state(news, await mustInspect(context, kind, id));
    },

    delete: (context, id, _inputs, old) => dropData(context, kind, id, old),
  };
}

/** The rule of an input that holds the content: what matters is what it says, not how it is encoded or in which of two inputs. */
export const contentRule: Rule = {
  on: (_before, _after, olds, news) => {
    const [before, after] = [contentOf(olds), contentOf(news)];
    // An imported secret has no data that could be compared: the program is taken at its word.
    if (before === undefined && olds["data"] === undefined && olds["dataRaw"] === undefined) return "live";
    return before !== undefined && after !== undefined && before.equals(after) ? "live" : "replace";
  },
  meaning: (value) => (typeof value === "string" ? value.replace(/[\r\n]/g, "") : value),
};

function look(context: Context, kind: DataKind, id: string): Promise<Kept | undefined> {
  const question = context.engine().then((engine) => inspectData(engine, kind.vault, id, context.signal));
  return askManager(`${kind.word} "${context.urn.split("::").at(-1)}"`, question);
}

async function mustInspect(context: Context, kind: DataKind, id: string): Promise<Kept> {
  const kept = await look(context, kind, id);
  if (kept === undefined) throw new Error(`${kind.word} ${id} was removed by somebody else meanwhile.`);
  return kept;
}

/** The old inputs, with what differs in the swarm; what it keeps can't change under its id, labels can. */
function drifted(rules: Readonly<Record<string, Rule>>, inputs: Properties, kept: Kept): Properties {
  const labels = labelBlocks(kept.Spec?.Labels);
  const present: Properties = { ...inputs, labels: labels.length === 0 ? null : labels, name: kept.Spec?.Name ?? "" };
  const changed = new Set(diffInputs(rules, inputs, present).map((change) => rootOf(change.path)));
  const left = Object.entries(inputs).filter(([name]) => !changed.has(name));
  const found = Object.entries(present).filter(([name, value]) => changed.has(name) && !isEmpty(value));
  return Object.fromEntries([...left, ...found]);
}

function imported(kept: Kept): Properties {
  const data = kept.Spec?.Data;
  const labels = labelBlocks(kept.Spec?.Labels);
  return {
    __defaults: [],
    ...(data === undefined ? {} : { data }),
    ...(labels.length === 0 ? {} : { labels }),
    name: kept.Spec?.Name ?? "",
  };
}

/** What both states have: labels and name as the swarm has them. */
export function keptState(kept: Kept): Properties {
  return { labels: labelList(kept.Spec?.Labels), name: kept.Spec?.Name ?? "" };
}
