import { SlipwayError } from "../values/fault";
import { moveAdvice } from "./configuration";
import type { DaemonLink } from "./daemon-link";
import { type Context, InitError, type Resource } from "./resource";
import { fromJson } from "./settings";
import { subjectOf } from "./urn";
import { isObject, type Properties, textOf } from "./value";

/** The key in a state's `__meta` under which the id of the object's daemon is kept; the official plugin carries it along unread. */
const key = "slipway_daemon";

/** What lives on one daemon. Swarm objects live on a cluster, images are made again anywhere. */
const local = new Set([
  "docker:index/container:Container",
  "docker:index/network:Network",
  "docker:index/volume:Volume",
]);

/**
 * A resource that knows on which daemon its object is: led to another one by a changed DOCKER_HOST, context or setting, it
 * refuses instead of taking the object for deleted and making it a second time (reconciliation.md, A9).
 */
export function boundToDaemon(resource: Resource, link: DaemonLink): Resource {
  if (!local.has(resource.token)) return resource;
  const stamped = async (state: Properties): Promise<Properties> => withStamp(state, await link.id());
  const standing = async (context: Context, state: Properties): Promise<"here" | "left"> => {
    const then = stampOf(state);
    if (then === undefined) return "here";
    const now = await link.id();
    if (now === undefined || now === then) return "here";
    if (textOf(context.settings["moveTo"]) === now) return "left";
    throw elsewhere(context.urn, then, now, (await context.engine()).endpoint.url);
  };
  return {
    ...resource,
    async create(context, inputs) {
      try {
        const made = await resource.create(context, inputs);
        return { ...made, state: await stamped(made.state) };
      } catch (error) {
        if (!(error instanceof InitError)) throw error;
        const state = await stamped(error.observed.state);
        throw new InitError({ ...error.observed, state }, error.message, { cause: error });
      }
    },
    async read(context, id, inputs, state) {
      if ((await standing(context, state)) === "left") return undefined;
      const found = await resource.read(context, id, inputs, state);
      return found === undefined ? undefined : { ...found, state: await stamped(found.state) };
    },
    async update(context, id, olds, news, state) {
      if ((await standing(context, state)) === "left") throw elsewhere(context.urn, stampOf(state) ?? "", "");
      return stamped(await resource.update(context, id, olds, news, state));
    },
    async delete(context, id, inputs, state) {
      if ((await standing(context, state)) === "here") return resource.delete(context, id, inputs, state);
      context.log(`It stays where it was, on Docker daemon ${stampOf(state)}: remove it there by hand.`, "warning");
    },
  };
}

/** The daemon on which a state's object was seen last. */
export function stampOf(state: Properties): string | undefined {
  const meta = fromJson(textOf(state["__meta"]) ?? "");
  return isObject(meta) ? textOf(meta[key]) : undefined;
}

/** Only where the official plugin keeps a `__meta`: elsewhere it would be one property more than that one knows. */
function withStamp(state: Properties, id: string | undefined): Properties {
  const meta = fromJson(textOf(state["__meta"]) ?? "");
  if (id === undefined || !isObject(meta)) return state;
  return { ...state, __meta: JSON.stringify({ ...meta, [key]: id }) };
}

function elsewhere(urn: string, then: string, now: string, url?: string): SlipwayError {
  const here = url === undefined ? "" : `; this is ${now} at ${url}`;
  return new SlipwayError({
    subject: subjectOf(urn),
    problem: `is on another Docker daemon (${then})${here}`,
    advice: `Check DOCKER_HOST, the docker context and the provider's settings. ${moveAdvice(now)}`,
  });
}
