import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ContainerInspectResponse } from "@docker/node-sdk";
import { expect } from "chai";
import { driftedInputs } from "../../../../provider/container/drift";
import { rules } from "../../../../provider/container/inputs";
import { stateOf } from "../../../../provider/container/state";
import { type Change, diffInputs, rootOf } from "../../../../provider/diff";
import { isList, isObject, listOf, objectOf, type Properties, textOf, type Value } from "../../../../provider/value";
import {
  canonical,
  describeRecordings,
  properties,
  type RecordedCall,
  recordedCalls,
  recordings,
} from "../../../support/recordings";

const containerType = "docker:index/container:Container";

/** A property that ours answers otherwise, in the recorded files that begin so, and the row or reason. */
interface Deviation {
  readonly files: string;
  readonly property: string;
  readonly why: string;
}

const inStates: readonly Deviation[] = [
  {
    files: "c-exits/",
    property: "mustRun",
    why: "C11: the official plugin says that a container is made that has ended; ours fails",
  },
  {
    files: "c-drift/grpc.up2",
    property: "memorySwap",
    why: "C3: after its update the official plugin writes 0, the daemon has 64 MiB",
  },
  {
    files: "c-memory-only/grpc.up2",
    property: "memorySwap",
    why: "C3: after its update the official plugin writes 0, the daemon has 128 MiB",
  },
  {
    files: "c-drift/grpc.refresh@",
    property: "memorySwap",
    why: "was changed and changed back between the recorded inspection and the Read",
  },
  {
    files: "c-drift/grpc.refresh@2",
    property: "exitCode",
    why: "was stopped between the recorded inspection and the Read",
  },
  {
    files: "c-drift/grpc.refresh@2",
    property: "networkDatas",
    why: "was stopped between the recorded inspection and the Read",
  },
];

const inDiffs: readonly Deviation[] = [
  { files: "c-drift/", property: "memorySwap", why: "C3: what the Engine makes of `memory` by itself is no change" },
  {
    files: "c-memory-only/",
    property: "memorySwap",
    why: "C3: what the Engine makes of `memory` by itself is no change",
  },
  { files: "c-health-", property: "healthcheck", why: "C1: only a new container has another health check" },
  { files: "c-namespaces/", property: "init", why: "C1: only a new container has an init process or not" },
  { files: "c-sysctl-tmpfs/", property: "tmpfs", why: "C1: only a new container has another tmpfs" },
  {
    files: "c-networks/",
    property: "networksAdvanced",
    why: "C6: networks are connected and disconnected live; the plan names the one",
  },
  { files: "c-unknown/", property: "networksAdvanced", why: "C6: networks are connected and disconnected live" },
  {
    files: "c-ports/grpc.preview2",
    property: "ports",
    why: "C4: two host ports for one container port are the same again",
  },
  {
    files: "c-privileged/",
    property: "command",
    why: "C2: the image's command is no change; the container is repaired by starting it",
  },
  { files: "c-privileged/", property: "entrypoints", why: "C2: the image's entrypoint is no change" },
  { files: "c-privileged/", property: "networkDatas", why: "an output is no change of the program" },
  { files: "c-uploads/", property: "uploads", why: "the plan names the file, not the whole list" },
  { files: "c-volumes/", property: "volumes", why: "the plan names the volume, not the whole list" },
];

/** Containers whose recorded state is not what the daemon has: there ours shows what the official plugin only said. */
const inDrift: readonly Deviation[] = [
  { files: "c-exits/", property: "mustRun", why: "C11: it has ended" },
  { files: "c-drift/grpc.up2", property: "memorySwap", why: "C3: memory 64 was set, swap stayed at 64" },
  { files: "c-health-off/grpc.change.up", property: "healthcheck", why: "C1: updated in the state only" },
  { files: "c-health-wait/grpc.change.up", property: "healthcheck", why: "C1: updated in the state only" },
];

/** The images of the recorded containers, as their inspections show them. */
function imageOf(container: ContainerInspectResponse): object {
  if (container.Config?.ExposedPorts?.["3000/tcp"] === undefined) {
    const isSecond = container.Config?.Labels?.["v"] === "2";
    return { Env: ["PATH=/bin"], Cmd: ["sleep", "100000"], ...(isSecond ? { Labels: { v: "2" } } : {}) };
  }
  const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  return { Env: [path], Cmd: ["/tool", "serve"], ExposedPorts: { "3000/tcp": {} } };
}

interface Recorded {
  readonly call: RecordedCall;
  readonly kind: "Create" | "Read" | "Update";
  readonly inputs: Properties;
  readonly state: Properties;
  readonly container: ContainerInspectResponse;
  /** Ids of everything inspected in the case, by name. */
  readonly containers: ReadonlyMap<string, string>;
}

/** The calls that answered a state, with the inspection of their container. */
function withInspection(calls: readonly RecordedCall[]): Recorded[] {
  return calls.flatMap((call): Recorded[] => {
    const { method, request, response } = call;
    if (request.urn?.includes(containerType) !== true || request["preview"] === true || response === undefined)
      return [];
    const kind = (["Create", "Read", "Update"] as const).find((one) => one === method);
    if (
      kind === undefined ||
      response["properties"] === undefined ||
      (request["properties"] === undefined && kind === "Read")
    )
      return [];
    const [name = "", file = ""] = call.file.split("/");
    const step = /^grpc\.(.*)\.jsonl$/.exec(file)?.[1] ?? "";
    // A refresh comes after the last up.
    const last = existsSync(join(recordings, name, "inspect.change.up.json")) ? "change.up" : "up";
    const path = join(recordings, name, `inspect.${kind === "Read" ? last : step}.json`);
    if (!existsSync(path)) return [];
    const all: Record<string, { result?: readonly ContainerInspectResponse[] }> = JSON.parse(
      readFileSync(path, "utf8"),
    );
    const container = all[request.urn]?.result?.[0];
    if (container === undefined || container.Id !== (response["id"] ?? request["id"])) return [];
    const found = Object.values(all).flatMap(({ result }) => result ?? []);
    const containers = new Map(found.map(({ Name = "", Id = "" }) => [Name.slice(1), Id]));
    const given = kind === "Create" ? request["properties"] : kind === "Update" ? request["news"] : response["inputs"];
    const state = objectOf(properties(response)["properties"]);
    return [{ call, kind, inputs: properties(given), state, container, containers }];
  });
}

const met = new Set<Deviation>();

function isListed(list: readonly Deviation[], file: string, property: string): boolean {
  const found = list.find((one) => file.startsWith(one.files) && one.property === property);
  if (found !== undefined) met.add(found);
  return found !== undefined;
}

/** A value as text; the order in sets of the official plugin varies. */
function masked(value: Value | undefined): string {
  const sorted = (item: Value): Value => {
    if (isList(item)) return item.map(sorted).sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1));
    if (!isObject(item)) return item;
    return Object.fromEntries(Object.entries(item).map(([key, field]) => [key, sorted(field ?? null)]));
  };
  return canonical(sorted(value ?? null));
}

// Issue 4, "State exchange": what the official plugin answered for containers, call by call.
describeRecordings("containers as the official plugin has them (../shared beside the checkout)", () => {
  const calls = recordedCalls();
  const recorded = withInspection(calls);

  it("the state of a Create, Read and Update is equal for the recorded inspection", () => {
    const different: string[] = [];
    for (const { call, kind, inputs, state, container } of recorded) {
      const { __pulumi_raw_state_delta: _, id: __, ...theirs } = state;
      const before = objectOf(properties(call.request)["olds"]);
      const isRead = kind === "Read" || (kind === "Update" && isList(before["dns"]));
      const logs = textOf(theirs["containerLogs"]);
      const ours = stateOf(inputs, container, { isRead, ...(logs === undefined ? {} : { logs }) });
      for (const name of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
        if (masked(ours[name]) === masked(theirs[name]) || isListed(inStates, call.file, name)) continue;
        different.push(`${kind} ${call.file}: ${name}: ${masked(ours[name])} not ${masked(theirs[name])}`);
      }
    }
    console.log(`      ${recorded.length} recorded states, ${inStates.length} properties that differ on purpose`);
    expect(recorded.length).to.be.greaterThan(90);
    expect(different.join("\n")).to.equal("");
  });

  it("what the official plugin made shows no change, except where it says what is not so", () => {
    const made = recorded.filter(({ kind }) => kind !== "Read");
    const drifted: string[] = [];
    for (const { call, inputs, state, container, containers } of made) {
      const look = {
        container,
        image: imageOf(container),
        inputs,
        state,
        containers,
        uploads: listOf(inputs["uploads"]),
      };
      const seen = driftedInputs(look);
      for (const change of diffInputs(rules, seen, inputs)) {
        const name = rootOf(change.path);
        if (isListed(inDrift, call.file, name)) continue;
        drifted.push(
          `${call.file}: ${name}: ${canonical(inputs[name] ?? null)} seen as ${canonical(seen[name] ?? null)}`,
        );
      }
    }
    console.log(`      ${made.length} recorded containers, ${inDrift.length} that are not what their state says`);
    expect(drifted.join("\n")).to.equal("");
  });

  it("a recorded Diff with changes has the same changes, replacements and kinds", () => {
    const kinds = (entries: readonly (readonly [string, string])[]): Map<string, string> => {
      const found = new Map<string, Set<string>>();
      for (const [path, kind] of entries) found.set(rootOf(path), (found.get(rootOf(path)) ?? new Set()).add(kind));
      return new Map([...found].map(([name, set]) => [name, [...set].sort().join(" and ")]));
    };
    const kindOf = (change: Change): string =>
      change.kind.toUpperCase() + (change.effect === "replace" ? "_REPLACE" : "");
    const diffs = calls.filter(
      ({ method, request, response }) =>
        method === "Diff" && request.urn?.includes(containerType) === true && response?.["changes"] === "DIFF_SOME",
    );
    const different: string[] = [];
    for (const { file, request, response } of diffs) {
      const changes = diffInputs(rules, properties(request["oldInputs"]), properties(request["news"]));
      const detailed = Object.entries(objectOf(properties(response)["detailedDiff"]));
      const theirs = kinds(detailed.map(([path, diff]) => [path, textOf(objectOf(diff)["kind"]) ?? "ADD"]));
      const ours = kinds(changes.map((change) => [change.path, kindOf(change)]));
      for (const name of new Set([...theirs.keys(), ...ours.keys()])) {
        if (theirs.get(name) === ours.get(name) || isListed(inDiffs, file, name)) continue;
        different.push(`${file}: ${name}: ${ours.get(name) ?? "no change"} not ${theirs.get(name) ?? "no change"}`);
      }
    }
    console.log(
      `      ${diffs.length} recorded Diffs with changes, ${inDiffs.length} properties that differ on purpose`,
    );
    expect(diffs.length).to.be.greaterThan(50);
    expect(different.join("\n")).to.equal("");
  });

  it("every deviation is met, so that the lists can't go stale", () => {
    expect([...inStates, ...inDiffs, ...inDrift].filter((one) => !met.has(one))).to.deep.equal([]);
  });
});
