import type { ContainerSummary } from "@docker/node-sdk";
import type { Engine } from "../../daemon/client";
import { inspectContainer, listContainers } from "../../daemon/container";
import { inspectImage } from "../../daemon/image";
import { ownership } from "../../resources/ownership";
import type { Deployment } from "../deployment";
import type { Context } from "../resource";
import type { Inspect } from "./look";

/** How many containers are inspected at a time: enough to keep the daemon busy, few enough connections for any. */
const atOnce = 16;

/** How long an answer counts as present, in milliseconds; a refresh of hundreds of containers takes less. */
const fresh = 5000;

/** What is asked of a daemon once for all Reads of a run. */
class Run {
  private reads = 0;
  private look: Promise<void> | undefined;
  private list: Promise<ContainerSummary[]> | undefined;
  private readonly ahead = new Map<string, Promise<Inspect | undefined>>();
  private began = { changes: -1, at: 0 };

  constructor(
    private readonly engine: Engine,
    private readonly providerId: string,
  ) {}

  /** The containers that this stack's provider has made, running or not. */
  owned(): Promise<ContainerSummary[]> {
    this.list ??= listContainers(this.engine, { label: [`${ownership.provider}=${this.providerId}`] });
    return this.list;
  }

  /**
   * A container for its Read: what was seen of it ahead, while that is fresh and nothing was changed since, else what the
   * daemon says now. The look ahead begins with the second Read, since one alone is cheaper by itself.
   */
  async read(id: string, signal: AbortSignal): Promise<Inspect | undefined> {
    this.reads++;
    if (this.reads === 2) this.look = this.lookAhead().catch(() => undefined);
    await this.look;
    const seen = this.ahead.get(id);
    this.ahead.delete(id);
    const isFresh = this.began.changes === this.engine.changes && Date.now() - this.began.at < fresh;
    return (isFresh ? await seen : undefined) ?? inspectContainer(this.engine, id, signal);
  }

  private async lookAhead(): Promise<void> {
    this.began = { changes: this.engine.changes, at: Date.now() };
    const ids = (await this.owned()).flatMap(({ Id }) => (Id === undefined ? [] : [Id]));
    const free = Array.from({ length: atOnce }, () => Promise.resolve<unknown>(undefined));
    for (const [index, id] of ids.entries()) {
      const turn = free[index % atOnce] ?? Promise.resolve();
      const seen = turn.then(() => inspectContainer(this.engine, id));
      free[index % atOnce] = seen.catch(() => undefined);
      this.ahead.set(id, seen);
      // Told to the Read that asks for it.
      seen.catch(() => undefined);
    }
  }
}

const runs = new WeakMap<Deployment, Run>();

function runOf(context: Context, engine: Engine): Run {
  const run = runs.get(context.deployment) ?? new Run(engine, context.providerId);
  runs.set(context.deployment, run);
  return run;
}

/** The containers that this stack's provider has made, asked once a run. */
export function ownedContainers(context: Context, engine: Engine): Promise<ContainerSummary[]> {
  return runOf(context, engine).owned();
}

/**
 * A container for its Read. The engine reads every container of a stack before it does anything: all of them are looked at
 * together, so that the daemon's answers do not wait for the engine's questions.
 */
export function glance(context: Context, engine: Engine, id: string): Promise<Inspect | undefined> {
  return runOf(context, engine).read(id, context.signal);
}

/** What image references mean, as asked since the last change of the daemon. */
const meanings = new WeakMap<Engine, { changes: number; at: number; ids: Map<string, Promise<string | null>> }>();

/** The id of the image that a reference means, or null where it means nothing: asked once for many containers of one image. */
export async function imageMeant(engine: Engine, reference: string, signal: AbortSignal): Promise<string | null> {
  const { changes } = engine;
  let known = meanings.get(engine);
  if (known === undefined || known.changes !== changes || Date.now() - known.at > fresh) {
    known = { changes, at: Date.now(), ids: new Map() };
    meanings.set(engine, known);
  }
  const asked = known.ids.get(reference) ?? inspectImage(engine, reference, signal).then((image) => image?.Id ?? null);
  known.ids.set(reference, asked);
  asked.catch(() => known.ids.delete(reference));
  return asked;
}
