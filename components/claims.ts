import * as pulumi from "@pulumi/pulumi";
import type { Fault } from "../values/fault";
import type { PortBinding } from "../values/port";

/** What is one of a kind on a daemon. */
export type Kind = "container" | "network" | "volume" | "image" | "port";

interface Held {
  readonly kind: Kind;
  readonly name: string;
  readonly holder: pulumi.Resource;
  readonly subject: string;
}

// By run and daemon. The stack's resource stands for the run: a test process has many, one after the other.
const runs = new WeakMap<object, Map<object | undefined, Held[]>>();

/**
 * Takes names and host ports for a component. What another component of this program has on the same daemon is a fault: the
 * provider finds it too, but only once the engine gets there, and one at a time.
 */
export function claim(
  component: pulumi.Resource,
  subject: string,
  wanted: readonly { readonly kind: Kind; readonly name: string; readonly path: string }[],
): Fault[] {
  const taken = heldBeside(component);
  return wanted.flatMap(({ kind, name, path }): Fault[] => {
    const other = taken.find(
      (held) => held.holder !== component && held.kind === kind && overlap(kind, held.name, name),
    );
    taken.push({ kind, name, holder: component, subject });
    if (other === undefined) return [];
    const advice = kind === "port" ? "Publish another host port." : "Give one of the two another name.";
    return [{ subject, path, value: name, problem: `is taken by ${other.subject} of this program`, advice }];
  });
}

/** A host port as it is claimed: `0.0.0.0:8080/tcp`; nothing for one that the Engine chooses. */
export function portName({ ip = "", host, protocol = "tcp" }: PortBinding): string | undefined {
  return host === undefined ? undefined : `${ip || "0.0.0.0"}:${host}/${protocol}`;
}

function heldBeside(component: pulumi.Resource): Held[] {
  const run = pulumi.runtime.getStackResource() ?? {};
  const daemons = runs.get(run) ?? new Map<object | undefined, Held[]>();
  runs.set(run, daemons);
  const daemon = component.getProvider("docker:index/container:Container");
  const held = daemons.get(daemon) ?? [];
  daemons.set(daemon, held);
  return held;
}

function overlap(kind: Kind, one: string, other: string): boolean {
  if (kind !== "port") return one === other;
  const [ip, port] = partsOf(one);
  const [otherIp, otherPort] = partsOf(other);
  const isEvery = (address: string): boolean => address === "0.0.0.0" || address === "::";
  const sameFamily = ip.includes(":") === otherIp.includes(":");
  return port === otherPort && (ip === otherIp || (sameFamily && (isEvery(ip) || isEvery(otherIp))));
}

function partsOf(name: string): [ip: string, port: string] {
  const at = name.lastIndexOf(":");
  return [name.slice(0, at), name.slice(at + 1)];
}
