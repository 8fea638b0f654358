import type { Engine } from "../daemon/client";
import { listContainers } from "../daemon/container";
import { listNetworks } from "../daemon/network";
import { listVolumes } from "../daemon/volume";
import { isOwned } from "../resources/ownership";
import { SlipwayError } from "../values/fault";

/** Kinds of objects that can be taken over. */
export type Kind = "container" | "network" | "volume";

/** One object on the daemon that was picked. */
export interface Picked {
  readonly kind: Kind;
  /** Its id as the resource of this kind has it: a volume's is its name. */
  readonly id: string;
  readonly name: string;
}

/** What to pick; an object that fits any of them is picked. */
export interface Query {
  /** Names, or ids, of containers, networks and volumes. */
  readonly names: readonly string[];
  /** Labels, `label` or `label=value`. */
  readonly labels: readonly string[];
  /** Compose projects (label `com.docker.compose.project`). */
  readonly projects: readonly string[];
}

interface Candidate extends Picked {
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Picks objects from a daemon: networks first, then volumes, then containers, so that a program can refer backwards.
 * @throws {@link SlipwayError} with every name, label and project that fits nothing, and what Slipway manages already
 */
export async function pick(engine: Engine, query: Query): Promise<Picked[]> {
  const candidates = await everything(engine);
  const picked = new Set<Candidate>();
  const faults: { subject: string; value: string; problem: string; advice: string }[] = [];
  const take = (what: string, value: string, fits: (one: Candidate) => boolean): void => {
    const found = candidates.filter(fits);
    if (found.length === 0) {
      const advice = "Look with `docker ps -a`, `docker network ls` and `docker volume ls`.";
      faults.push({ subject: what, value, problem: "fits nothing on this daemon", advice });
    }
    for (const one of found) picked.add(one);
  };
  for (const name of query.names) {
    take("Name", name, (one) => one.name === name || (name.length >= 12 && one.id.startsWith(name)));
  }
  for (const label of query.labels) take("Label", label, (one) => hasLabel(one.labels, label));
  for (const project of query.projects) {
    take("Compose project", project, (one) => one.labels["com.docker.compose.project"] === project);
  }
  for (const one of picked) {
    if (!isOwned(one.labels)) continue;
    const advice = "Leave it out; where its stack's state is lost, use `slipway adopt --lost` in that project.";
    faults.push({ subject: one.kind, value: one.name, problem: "is managed by Slipway already", advice });
  }
  if (faults.length > 0) throw new SlipwayError(faults);
  return candidates.filter((one) => picked.has(one)).map(({ kind, id, name }) => ({ kind, id, name }));
}

async function everything(engine: Engine): Promise<Candidate[]> {
  const [networks, volumes, containers] = await Promise.all([
    listNetworks(engine, {}),
    listVolumes(engine),
    listContainers(engine, {}),
  ]);
  // The daemon's own networks are there for everybody and can't be made or removed.
  const own = new Set(["bridge", "host", "none", "ingress", "docker_gwbridge"]);
  return [
    ...networks
      .filter(({ Name }) => !own.has(Name ?? ""))
      .map(({ Id = "", Name = "", Labels }) => candidate("network", Id, Name, Labels)),
    ...volumes.map(({ Name, Labels }) => candidate("volume", Name, Name, Labels)),
    ...containers.map(({ Id = "", Names, Labels }) =>
      candidate("container", Id, (Names?.[0] ?? "").replace(/^\//, ""), Labels),
    ),
  ].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.name < b.name ? -1 : 1));
}

const order: readonly Kind[] = ["network", "volume", "container"];

function candidate(
  kind: Kind,
  id: string,
  name: string,
  labels: Readonly<Record<string, string>> | null | undefined,
): Candidate {
  return { kind, id, name, labels: labels ?? {} };
}

function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [label = "", ...rest] = wanted.split("=");
  return rest.length === 0 ? label in labels : labels[label] === rest.join("=");
}
