import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ComposeError } from "../../../compose/fault";
import { loadProject } from "../../../compose/project";
import refused from "../../fixtures/compose-refused.json";

/**
 * The fixture has values that docker compose 5.5.0 refuses, by the path of the attribute (`[]` an entry, `key` any key)
 * and the stage: each attribute of the specification was given some 60 values, each was put to compose, and two or three
 * of those that it refused at each stage were kept.
 */
const values: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = refused;

/** What has to stand beside the attribute so that nothing else is wrong. */
const beside: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "services.a.volumes.[]": { type: "bind", source: "/s", target: "/t" },
  "services.a.develop.watch.[]": { path: "p", action: "rebuild" },
  "services.a.develop.watch.[].exec": { command: "x" },
  "services.a.devices.[]": { source: "/dev/x", target: "/dev/y" },
  "services.a.depends_on.key": { condition: "service_started" },
  "services.a.extends": { service: "b" },
  "services.a.provider": { type: "t" },
  "services.a.deploy.resources.reservations.devices.[]": { capabilities: ["gpu"] },
  "services.a.post_start.[]": { command: "x" },
  "services.a.pre_stop.[]": { command: "x" },
  "services.a.ulimits.key": { soft: 1, hard: 2 },
  "services.a.build.ulimits.key": { soft: 1, hard: 2 },
  "services.a.env_file.[]": { path: "e" },
  "services.a.ports.[]": { target: 80 },
  "services.a.secrets.[]": { source: "sec" },
  "services.a.configs.[]": { source: "cfg" },
  "services.a.build.secrets.[]": { source: "sec" },
  "models.key": { model: "m" },
  "secrets.key": { environment: "HOME" },
  "configs.key": { content: "c" },
};

describe("compose: values that are refused", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "refused-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("every attribute of the specification, given something else, with its place", () => {
    const file = join(folder, "compose.yaml");
    const wrong: string[] = [];
    let count = 0;
    writeFileSync(join(folder, "e"), "E=1\n");
    for (const [path, stages] of Object.entries(values)) {
      for (const [stage, given] of Object.entries(stages)) {
        for (const value of given) {
          count++;
          writeFileSync(file, documentWith(path.split("."), value));
          const error = refusal(() => loadProject({ files: [file], environment: { HOME: "/home/user" } }));
          if (error?.stage !== stage)
            wrong.push(`${path}: ${value}: ${error?.stage ?? "accepted"} instead of ${stage}`);
          else if (error.faults.some(({ line, subject }) => line === undefined && !subject.includes("/e"))) {
            wrong.push(`${path}: ${value}: without a place: ${error.message}`);
          }
        }
      }
    }
    console.log(`      ${count - wrong.length} of ${count}, of ${Object.keys(values).length} attributes`);
    expect(wrong.slice(0, 10)).to.deep.equal([]);
  });
});

function refusal(load: () => unknown): ComposeError | undefined {
  try {
    load();
    return undefined;
  } catch (error) {
    if (error instanceof ComposeError) return error;
    throw error;
  }
}

/** A project in which nothing is wrong but the value at the path. */
function documentWith(path: readonly string[], value: string): string {
  const mark = "the value";
  const kind = path[0] ?? "";
  const root: Record<string, unknown> = {};
  place(root, path, [], mark);
  const services = objectAt(root, "services");
  const service = objectAt(services, "a");
  if (service !== undefined) service["image"] ??= "i";
  if (services !== undefined) services["b"] = { image: "j", build: "." };
  fill(root, "networks", { n: {} });
  fill(root, "volumes", { n: {} });
  fill(root, "secrets", { sec: { environment: "HOME" } });
  fill(root, "configs", { cfg: { content: "c" } });
  fill(root, "models", { n: { model: "m" } });
  if (service !== undefined && kind !== "services" && kind !== "models") {
    service[kind] ??= kind === "volumes" ? ["n:/n"] : ["n"];
  }
  return JSON.stringify(root, undefined, 1).replace(`"${mark}"`, () => value);
}

function place(
  parent: Record<string, unknown> | unknown[],
  path: readonly string[],
  above: readonly string[],
  mark: string,
): void {
  const [part = "", ...rest] = path;
  const here = [...above, part];
  const child = rest.length === 0 ? mark : rest[0] === "[]" ? [] : { ...beside[here.join(".")] };
  if (Array.isArray(parent)) parent.push(child);
  else parent[part === "key" ? keyName(above) : part] = child;
  if (typeof child === "object") place(child, rest, here, mark);
}

function keyName(above: readonly string[]): string {
  if (above.includes("ulimits")) return "nofile";
  return above.includes("depends_on") ? "b" : "n";
}

function fill(root: Record<string, unknown>, kind: string, entries: Readonly<Record<string, unknown>>): void {
  root[kind] ??= {};
  const present = objectAt(root, kind);
  if (present !== undefined) for (const [key, entry] of Object.entries(entries)) present[key] ??= entry;
}

/** The mapping under a key, made where there is none; undefined where something else stands there. */
function objectAt(parent: Record<string, unknown> | undefined, key: string): Record<string, unknown> | undefined {
  if (parent === undefined) return undefined;
  const value = parent[key] ?? {};
  if (typeof value !== "object" || Array.isArray(value)) return undefined;
  const copy: Record<string, unknown> = { ...value };
  parent[key] = copy;
  return copy;
}
