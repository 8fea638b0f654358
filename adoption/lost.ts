import type { Engine } from "../daemon/client";
import { listContainers } from "../daemon/container";
import { listNetworks } from "../daemon/network";
import { listVolumes } from "../daemon/volume";
import { ownership } from "../resources/ownership";
import { SlipwayError } from "../values/fault";
import { type ImportEntry, type ImportFile, tokens } from "./import-file";
import type { Kind } from "./selection";

/** Objects of a stack whose state is lost, found again by their ownership labels. */
export interface Recovered {
  /** What is left to import: everything found, and the components above it. */
  readonly importFile: ImportFile;
  /** Names in the program of what was found. */
  readonly found: readonly string[];
  /** Names of what the program wants and the daemon lacks: the next `up` makes it. */
  readonly missing: readonly string[];
}

interface Owned {
  readonly kind: Kind;
  readonly id: string;
  readonly name: string;
  readonly provider: string;
}

/**
 * Fills the ids into what `pulumi preview --import-file` wrote for a program whose state is lost.
 * @param stack name of the stack, without organization and project
 * @throws {@link SlipwayError} where two providers own an object of one URN: two clones of the project, which only the user can tell apart
 */
export async function recover(
  engine: Engine,
  planned: ImportFile,
  project: string,
  stack: string,
  provider?: string,
): Promise<Recovered> {
  const owned = await ownedBy(engine, provider);
  const parents = new Map(planned.resources.map((entry) => [entry.name, entry]));
  const entries: ImportEntry[] = [];
  const found: string[] = [];
  const missing: string[] = [];
  const providers = new Map<string, string>();
  for (const entry of planned.resources) {
    if (entry.component === true) {
      entries.push(entry);
      continue;
    }
    const name = entry.logicalName ?? entry.name;
    const urn = `urn:pulumi:${stack}::${project}::${qualified(entry, parents, planned.nameTable ?? {})}::${name}`;
    const [object, ...others] = owned.get(urn) ?? [];
    if (object === undefined || tokens[object.kind] !== entry.type) {
      missing.push(name);
      continue;
    }
    for (const one of [object, ...others]) providers.set(one.provider, one.name);
    found.push(name);
    entries.push({ ...entry, id: object.id });
  }
  if (providers.size > 1) {
    const clones = [...providers].map(([id, name]) => `\n  ${id} (${name})`).join("");
    throw new SlipwayError({
      subject: `Stack "${stack}"`,
      problem: `has objects of several clones on this daemon:${clones}\n`,
      advice: "Say which one with --provider ID.",
    });
  }
  return { importFile: { ...planned, resources: entries }, found, missing };
}

/** The types from the root to the resource, as a URN has them, components of the stack itself left out. */
function qualified(
  entry: ImportEntry,
  parents: ReadonlyMap<string, ImportEntry>,
  table: Readonly<Record<string, string>>,
): string {
  if (entry.parent === undefined) return entry.type;
  const parent = parents.get(entry.parent);
  const known = table[entry.parent]?.split("::")[2];
  const above = parent === undefined ? known : qualified(parent, parents, table);
  return above === undefined || above === "pulumi:pulumi:Stack" ? entry.type : `${above}$${entry.type}`;
}

/** Everything with ownership labels, by URN; what runs under its own name comes before what a killed run left aside. */
async function ownedBy(engine: Engine, provider: string | undefined): Promise<ReadonlyMap<string, Owned[]>> {
  const filter = { label: [ownership.urn] };
  const [networks, volumes, containers] = await Promise.all([
    listNetworks(engine, filter),
    listVolumes(engine),
    listContainers(engine, filter),
  ]);
  const owned = new Map<string, Owned[]>();
  const add = (kind: Kind, id: string, name: string, labels: Readonly<Record<string, string>> | null | undefined) => {
    const urn = labels?.[ownership.urn];
    const owner = labels?.[ownership.provider] ?? "";
    if (urn === undefined || (provider !== undefined && owner !== provider)) return;
    owned.set(urn, [...(owned.get(urn) ?? []), { kind, id, name, provider: owner }]);
  };
  for (const { Id = "", Name = "", Labels } of networks) add("network", Id, Name, Labels);
  for (const { Name, Labels } of volumes) add("volume", Name, Name, Labels);
  const aside = /-(next|old)-[0-9a-f]{8}$/;
  const present = containers.map((one) => ({ ...one, name: (one.Names?.[0] ?? "").replace(/^\//, "") }));
  present.sort((a, b) => Number(aside.test(a.name)) - Number(aside.test(b.name)));
  for (const { Id = "", name, Labels } of present) add("container", Id, name, Labels);
  return owned;
}
