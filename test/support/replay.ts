import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Engine } from "../../daemon/client";
import { Deployment } from "../../provider/deployment";
import { diffInputs, rootOf } from "../../provider/diff";
import type { Context, Resource } from "../../provider/resource";
import { isList, isObject, objectOf, type Properties, unknown, type Value } from "../../provider/value";
import { type FakeEngine, fakeEngine, sendJson } from "./fake-engine";
import { canonical, properties, type RecordedCall, recordedCalls, recordings } from "./recordings";

/** Engine API path of the objects of a type: `networks`, and where an object there names itself, such as `Spec.Name`. */
export interface Collection {
  readonly path: string;
  readonly keys: readonly string[];
  /** The object as the API answers it, where `docker inspect` shows more. @default as it is */
  raw?(object: Properties): Properties;
}

/** Where ours answers otherwise than the official plugin: `<case>/grpc.<step>.jsonl <Method>` → row of the contract and reason. */
export type Deliberate = Readonly<Record<string, string>>;

/**
 * Plays recorded calls of the official plugin to a resource of ours, before a daemon that has what `docker inspect`
 * answered then. Every method answers what differs, one line a call, and how many were compared.
 */
export class Replay {
  private readonly calls: readonly RecordedCall[];

  constructor(
    private readonly resource: Resource,
    private readonly collection: Collection,
    private readonly deliberate: Deliberate = {},
  ) {
    const ours = (call: RecordedCall): boolean =>
      (call.request.urn ?? "").split("::")[2]?.split("$").at(-1) === resource.token;
    this.calls = recordedCalls().filter((call) => call.response !== undefined && call.response !== null && ours(call));
  }

  /** Check: the same inputs, defaults and generated names. */
  checks(): Promise<string[]> {
    return this.compare("Check", async (call) => {
      const seed = Buffer.from(String(call.request["randomSeed"] ?? ""), "base64");
      const request = { urn: call.request.urn ?? "", name: String(call.request["name"]), seed };
      const { inputs } = await this.resource.check(olds(call, "olds"), olds(call, "news"), request);
      const theirs = properties(this.plain(call.response?.["inputs"]));
      const generated = Array.isArray(theirs["__defaults"]) && theirs["__defaults"].includes("name");
      return generated ? [{ ...inputs, name: theirs["name"] ?? null }, theirs] : [inputs, theirs];
    });
  }

  /** Diff: change or none, the names of what changed, and which of them replace. */
  diffs(): Promise<string[]> {
    return this.compare("Diff", async (call) => {
      const changes = diffInputs(this.resource.rules, olds(call, "oldInputs"), olds(call, "news"));
      const names = (list: unknown): string[] => [...new Set(Array.isArray(list) ? list.map(String) : [])].sort();
      const replaces = changes.filter((change) => change.effect === "replace").map((change) => rootOf(change.path));
      const ours = { diffs: names(changes.map((change) => rootOf(change.path))), replaces: names(replaces) };
      return [ours, { diffs: names(call.response?.["diffs"]), replaces: names(call.response?.["replaces"]) }];
    });
  }

  /** Create: in preview the same plan; else the same id and state, when the daemon made what it made then. */
  creates(): Promise<string[]> {
    return this.compare("Create", async (call) => {
      const theirs = stateOf(this.plain(call.response?.["properties"]));
      const inputs = olds(call, "properties");
      if (call.request["preview"] === true) return [{ ...this.resource.plan(inputs), id: unknown }, theirs];
      const object = this.inspected(call);
      if (object === undefined) return undefined;
      const made = await this.before([object], true, this.neighbours(call), (context) =>
        this.resource.create(context, inputs),
      );
      return [{ ...made.state, id: made.id }, theirs];
    });
  }

  /** Read: the same id, inputs and state. */
  reads(): Promise<string[]> {
    return this.compare("Read", async (call) => {
      const object = this.inspected(call);
      const gone = call.response?.["id"] === undefined || call.response["id"] === "";
      if (object === undefined && !gone) return undefined;
      const given = properties(call.request["inputs"]);
      const inputs = Object.keys(given).length === 0 ? undefined : given;
      const id = String(call.request["id"]);
      const read = (context: Context) => this.resource.read(context, id, inputs, olds(call, "properties"));
      const found = await this.before(gone || object === undefined ? [] : [object], false, this.neighbours(call), read);
      const ours =
        found === undefined ? {} : { id: found.id, inputs: found.inputs, state: { ...found.state, id: found.id } };
      const { id: theirId, inputs: theirInputs, properties: theirState } = call.response ?? {};
      const state = stateOf(this.plain(theirState));
      return [ours, gone ? {} : { id: String(theirId), inputs: properties(this.plain(theirInputs)), state }];
    });
  }

  private async compare(
    method: string,
    play: (call: RecordedCall) => Promise<[Properties, Properties] | undefined>,
  ): Promise<string[]> {
    const different: string[] = [];
    let compared = 0;
    for (const call of this.calls.filter((one) => one.method === method && !(method === "Check" && failed(one)))) {
      const answers = await play(call);
      if (answers === undefined) continue;
      compared++;
      const [ours, theirs] = answers;
      const wrong = differences(ours, theirs);
      const key = `${call.file} ${method}`;
      if (wrong.length > 0 && this.deliberate[key] === undefined) different.push(`${key}: ${wrong.join("; ")}`);
    }
    const wanted = Object.keys(this.deliberate).filter((key) => key.endsWith(` ${method}`)).length;
    console.log(`      ${method}: ${compared - different.length - wanted} of ${compared} equal, ${wanted} deliberate`);
    if (compared === 0) different.push(`no recorded ${method} was compared`);
    return different;
  }

  private plain(json: unknown): unknown {
    return unmarked(json, this.resource.secrets ?? []);
  }

  /** What `docker inspect` said of the resource after the step of a call. */
  private inspected(call: RecordedCall): Properties | undefined {
    const object = this.inspectedFile(call)[call.request.urn ?? ""]?.result?.[0];
    if (object === undefined) return undefined;
    const seen = properties(object);
    return this.collection.raw === undefined ? seen : this.collection.raw(seen);
  }

  /** What it said of all other resources of the case. */
  private neighbours(call: RecordedCall): Properties[] {
    const others = Object.entries(this.inspectedFile(call)).filter(([urn]) => urn !== call.request.urn);
    return others.flatMap(([, { result = [] }]) => result.slice(0, 1).map(properties));
  }

  private inspectedFile(call: RecordedCall): Record<string, { result?: unknown[] }> {
    const [folder, log] = call.file.split("/");
    const step = (log ?? "").replace(/^grpc\.(.*)\.jsonl$/, "$1");
    const steps = [step, ...(step.startsWith("refresh") ? ["up2", "change.up", "up"] : [])];
    const file = steps.map((one) => join(recordings, folder ?? "", `inspect.${one}.json`)).find(existsSync);
    return file === undefined ? {} : JSON.parse(readFileSync(file, "utf8"));
  }

  /** Runs a verb before a daemon that has these objects, or gets them by the first POST. */
  private async before<Answer>(
    objects: readonly Properties[],
    later: boolean,
    neighbours: readonly Properties[],
    verb: (context: Context) => Promise<Answer>,
  ): Promise<Answer> {
    let present = !later;
    const { path, keys } = this.collection;
    const daemon: FakeEngine = await fakeEngine((request, response) => {
      const url = (request.url ?? "").replace(/^\/v1\.\d+/, "").replace(/\?.*$/, "");
      const here = present ? objects : [];
      const id = decodeURIComponent(url.split("/").at(-1) ?? "");
      if (url === "/version") return sendJson(response, { ApiVersion: "1.41", MinAPIVersion: "1.12" });
      if (request.method === "POST" && url.startsWith(`/${path}`)) {
        present = true;
        const [made] = objects;
        return sendJson(response, { ...made, Id: made?.["Id"] ?? made?.["ID"] ?? null, Warnings: null }, 201);
      }
      if (url === `/${path}`) return sendJson(response, path === "volumes" ? { Volumes: here } : here);
      if (url.startsWith(`/${path}/`)) {
        const found = here.find((one) => keys.some((key) => at(one, key) === id));
        return found === undefined ? sendJson(response, { message: `no such: ${id}` }, 404) : sendJson(response, found);
      }
      if (url === "/tasks") return sendJson(response, running);
      const neighbour = neighbours.find((one) => one["ID"] === id || one["Id"] === id);
      if (neighbour !== undefined) return sendJson(response, neighbour);
      if (url === "/networks")
        return sendJson(
          response,
          [...here, ...neighbours].filter((one) => "IPAM" in one),
        );
      if (/^\/(networks|services|containers\/json|secrets|configs|nodes)$/.test(url)) return sendJson(response, []);
      if (url === "/info") return sendJson(response, { Swarm: { ControlAvailable: true, LocalNodeState: "active" } });
      return sendJson(response, { message: `not recorded: ${url}` }, 404);
    });
    try {
      const engine = await Engine.connect(daemon.endpoint);
      const signal = new AbortController().signal;
      const answer = await verb({
        engine: async () => engine,
        urn: "urn:pulumi:dev::replay::x::n",
        isPreview: false,
        providerId: "replay",
        deployment: new Deployment(),
        settings: {},
        signal,
        log: () => undefined,
      });
      engine.close();
      return answer;
    } finally {
      await daemon.stop();
    }
  }
}

function at(object: Properties, path: string): Value | undefined {
  return path.split(".").reduce<Value | undefined>((value, name) => objectOf(value)[name], object);
}

/** Without the marks of secrets; the server sets them by the resource's list. @throws where a mark is not on that list. */
function unmarked(json: unknown, secrets: readonly string[], path = ""): unknown {
  if (Array.isArray(json)) return json.map((item) => unmarked(item, secrets, `${path}[*]`));
  if (typeof json !== "object" || json === null) return json;
  if (Reflect.get(json, signature) !== undefined) {
    if (!secrets.includes(path)) throw new Error(`${path} is marked secret by the official plugin, and not by ours.`);
    return Reflect.get(json, "value");
  }
  const names = Object.entries(json).map(([name, item]) => [
    name,
    unmarked(item, secrets, path === "" ? name : `${path}.${name}`),
  ]);
  return Object.fromEntries(names);
}

/** More tasks than any recorded service asked for. */
const running = Array.from({ length: 4 }, () => ({ DesiredState: "running", Status: { State: "running" } }));

const signature = "4dabf18193072939515e22adb298388d";

function olds(call: RecordedCall, name: string): Properties {
  return properties(call.request[name]);
}

function stateOf(json: unknown): Properties {
  const { __pulumi_raw_state_delta: _, ...state } = properties(json);
  return state;
}

function failed(call: RecordedCall): boolean {
  return call.response?.["failures"] !== undefined;
}

/** Where two values differ, leaf by leaf. */
function differences(ours: Value | undefined, theirs: Value | undefined, path = ""): string[] {
  if (isObject(ours) && isObject(theirs)) {
    const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
    return names.flatMap((name) => differences(ours[name], theirs[name], path === "" ? name : `${path}.${name}`));
  }
  if (isList(ours) && isList(theirs) && ours.length === theirs.length) {
    return ours.flatMap((item, index) => differences(item, theirs[index], `${path}[${index}]`));
  }
  if (canonical(ours ?? null) === canonical(theirs ?? null)) return [];
  return [`${path}: ${canonical(ours ?? null)} not ${canonical(theirs ?? null)}`];
}
