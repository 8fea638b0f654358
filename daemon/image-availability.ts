import type { Fault } from "../values/fault";
import { messageOf } from "../values/fault";
import { fullReference } from "../values/image-reference";
import { type Engine, EngineError } from "./client";
import { inspectImage } from "./image";
import { registryFault, troubleIn } from "./registry-fault";
import { type Logins, registryAuthHeader } from "./registry-login";

/** Whether an image can be had without doing anything. */
export type Availability =
  /** The daemon has it. */
  | { readonly at: "daemon" }
  /** Its registry has it, so that the daemon can pull it; `digest` is what its tag stands for now. */
  | { readonly at: "registry"; readonly digest: string }
  /** A registry that answers does not give it, or the reference is none. */
  | { readonly at: "nowhere"; readonly fault: Pick<Fault, "problem" | "advice"> }
  /** Nobody could be asked; `reason` is the end of a sentence about the image. */
  | { readonly at: "unknown"; readonly reason: string };

/** How an image is looked for. */
export interface Search {
  readonly logins: Pick<Logins, "find">;
  /** How long a registry may take to answer, in milliseconds. @default 5000 */
  readonly patience?: number;
  readonly signal?: AbortSignal | undefined;
}

const answers = new WeakMap<object, Map<string, Promise<Availability>>>();

/** Looks for an image on the daemon, then in its registry. */
export async function imageAvailability(engine: Engine, reference: string, search: Search): Promise<Availability> {
  if ((await inspectImage(engine, reference, search.signal)) !== undefined) return { at: "daemon" };
  return registryAvailability(engine, reference, search);
}

/**
 * Looks for an image in its registry as the daemon sees it: with its mirrors, certificates and network (Engine API,
 * `DistributionInspect`). A registry is asked once a run for each reference.
 */
export function registryAvailability(engine: Engine, reference: string, search: Search): Promise<Availability> {
  const known = answers.get(search.logins) ?? new Map<string, Promise<Availability>>();
  answers.set(search.logins, known);
  const key = `${engine.endpoint.url} ${reference}`;
  let answer = known.get(key);
  if (answer === undefined) {
    answer = ask(engine, reference, search);
    known.set(key, answer);
    // A question that was cut short is asked again; a registry out of reach is not, so that nobody waits twice.
    answer.catch(() => known.delete(key));
  }
  return answer;
}

async function ask(engine: Engine, reference: string, search: Search): Promise<Availability> {
  const { logins, patience = 5000, signal } = search;
  const full = fullReference(reference);
  if (full === undefined) {
    const problem = "is not on the daemon, and is no reference that a registry could have";
    return { at: "nowhere", fault: { problem, advice: "Write it as [REGISTRY/]REPOSITORY[:TAG], in lower case." } };
  }
  const found = await logins.find(full.registry);
  const late = AbortSignal.timeout(patience);
  const path = `/distribution/${encodeURIComponent(reference)}/json`;
  try {
    const answer = await engine.json<{ Descriptor?: { digest?: string } }>("GET", path, {
      headers: registryAuthHeader(found, full.registry),
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    });
    return { at: "registry", digest: answer.Descriptor?.digest ?? "" };
  } catch (error) {
    signal?.throwIfAborted();
    if (late.aborted) {
      return { at: "unknown", reason: `registry ${full.registry} did not answer within ${patience / 1000} s` };
    }
    const message = messageOf(error);
    const status = error instanceof EngineError ? error.status : undefined;
    const fault = registryFault({ reference, message, status, found, verb: "pull", asker: "daemon" });
    const trouble = troubleIn(message, status);
    if (trouble === "absent" || trouble === "denied") return { at: "nowhere", fault };
    return { at: "unknown", reason: fault.problem };
  }
}
