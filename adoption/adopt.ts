import type { Engine } from "../daemon/client";
import { Deployment } from "../provider/deployment";
import type { Context, Resource } from "../provider/resource";
import { resourceTypes } from "../provider/resources";
import { packageVersion } from "../provider/server";
import { SlipwayError } from "../values/fault";
import { type ImportFile, tokens } from "./import-file";
import { type Adopted, type Program, programName, writeProgram } from "./program";
import type { Picked } from "./selection";

/** What taking objects over needs: a list for `pulumi import --file`, and the program that declares them as they are. */
export interface Adoption {
  readonly importFile: ImportFile;
  readonly program: Program;
}

/** Describes objects as resources, by the same reading that `pulumi import` does; it changes nothing. */
export async function adopt(engine: Engine, picked: readonly Picked[]): Promise<Adoption> {
  const objects = await Promise.all(picked.map((one) => describe(engine, one)));
  const used = new Map<string, number>();
  const named = objects.map((object) => {
    const wanted = `${object.kind} ${object.name}`;
    const count = (used.get(wanted) ?? 0) + 1;
    used.set(wanted, count);
    return count === 1 ? object : { ...object, name: `${object.name}-${count}` };
  });
  const resources = named.map(({ kind, id, name }) => ({
    type: tokens[kind],
    name: `${kind}-${name}`,
    logicalName: name,
    id,
    // The version that the SDK asks for: with another the engine would take a second default provider.
    version: packageVersion,
  }));
  return { importFile: { resources }, program: writeProgram(named) };
}

async function describe(engine: Engine, picked: Picked): Promise<Adopted & { readonly id: string }> {
  const { kind, id, name } = picked;
  const found = await resourceOf(tokens[kind]).read(reading(engine), id, undefined, {});
  if (found === undefined) {
    throw new SlipwayError({ subject: kind, value: name, problem: "was removed meanwhile", advice: "Run it again." });
  }
  return { kind, id: found.id, daemonName: name, name: programName(name, found.inputs), inputs: found.inputs };
}

function resourceOf(token: string): Resource {
  const resource = resourceTypes.find((one) => one.token === token);
  if (resource === undefined) throw new Error(`${token} is not served.`);
  return resource;
}

/** What a Read gets when nothing but the daemon is known. */
function reading(engine: Engine): Context {
  return {
    engine: () => Promise.resolve(engine),
    urn: "",
    isPreview: true,
    providerId: "",
    deployment: new Deployment(),
    settings: {},
    signal: new AbortController().signal,
    log: () => {},
  };
}
