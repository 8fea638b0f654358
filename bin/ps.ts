import type { ContainerSummary } from "@docker/node-sdk";
import type { Engine } from "../daemon/client";
import { listContainers } from "../daemon/container";
import { listImages } from "../daemon/image";
import { ownership } from "../resources/ownership";
import type { Pulumi } from "../toolchain/pulumi";
import { projectName, selectedStack, shortName } from "../toolchain/stack";
import { SlipwayError } from "../values/fault";
import { prepare } from "./prepare";

const titles = ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"];

/** Lists the containers of the stack named, or of the selected one. */
export async function ps(named: string | undefined): Promise<void> {
  const { pulumi, engine } = await prepare();
  const stack = named ?? (await selectedStack(pulumi));
  if (stack === undefined) {
    throw new SlipwayError({
      subject: `Project ${projectName(pulumi.project)}`,
      problem: "has no selected stack",
      advice: "Run `slipway up`, which makes one, or name one with --stack.",
    });
  }
  await printStack(pulumi, engine, stack);
}

/** Prints a stack's containers as `docker ps -a` does, running or not. */
export async function printStack(pulumi: Pulumi, engine: Engine, stack: string): Promise<void> {
  const [containers, images, made] = await Promise.all([
    listContainers(engine, {}),
    listImages(engine),
    madeBy(pulumi, stack),
  ]);
  const prefix = `urn:pulumi:${shortName(stack)}::${projectName(pulumi.project)}::`;
  const rows = containers.filter((container) => belongs(container, made, prefix)).map((one) => rowOf(one, images));
  print([titles, ...rows]);
}

/** The ids in a stack's state: of its containers, and of the providers that made them. */
async function madeBy(pulumi: Pulumi, stack: string): Promise<ReadonlySet<string>> {
  const exported: unknown = JSON.parse(await pulumi.answer(["stack", "export", "--stack", stack]));
  const resources = field(field(exported, "deployment"), "resources");
  const ids = (Array.isArray(resources) ? resources : []).map((resource: unknown) => field(resource, "id"));
  return new Set(ids.filter((id) => typeof id === "string"));
}

/**
 * A container that the state knows, or one that a provider of this stack made and a killed run left out of it. Two clones of
 * one project have equal URNs, but not equal providers.
 */
function belongs(container: ContainerSummary, made: ReadonlySet<string>, prefix: string): boolean {
  const urn = container.Labels?.[ownership.urn];
  const provider = container.Labels?.[ownership.provider];
  if (urn?.startsWith(prefix) && provider !== undefined && made.has(provider)) return true;
  return container.Id !== undefined && made.has(container.Id);
}

function rowOf(container: ContainerSummary, images: ReadonlyMap<string, string>): string[] {
  const command = container.Command ?? "";
  const ports = (container.Ports ?? []).map(({ IP, PublicPort, PrivatePort, Type }) =>
    PublicPort === undefined
      ? `${PrivatePort}/${Type}`
      : `${IP?.includes(":") ? `[${IP}]` : IP}:${PublicPort}->${PrivatePort}/${Type}`,
  );
  return [
    (container.Id ?? "").slice(0, 12),
    images.get(container.ImageID ?? "") ?? container.Image ?? "",
    `"${command.length > 20 ? `${command.slice(0, 19)}…` : command}"`,
    ago(Date.now() / 1000 - (container.Created ?? 0)),
    container.Status ?? "",
    ports.join(", "),
    (container.Names ?? []).map((name) => name.replace(/^\//, "")).join(","),
  ];
}

function print(rows: readonly (readonly string[])[]): void {
  const widths = titles.map((_title, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    console.log(cells.join("   ").trimEnd());
  }
}

function ago(seconds: number): string {
  const units: readonly (readonly [string, number])[] = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ];
  for (const [name, size] of units) {
    const count = Math.floor(seconds / size);
    if (count >= 1) return `${count} ${name}${count === 1 ? "" : "s"} ago`;
  }
  return "just now";
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
