import * as pulumi from "@pulumi/pulumi";
import type { Fault } from "../values/fault";
import type { App } from "./app";
import type { Container } from "./container";
import type { Job } from "./job";
import type { Postgres } from "./postgres";

/** What runs on. */
type Service = App | Container | Postgres;

/**
 * Something that must be there first: a component (a job completed, a service as healthy as it can say), or a service with
 * the condition spelled out. A service that has a health check is waited for until it is healthy in any case.
 */
export type Dependency =
  | Service
  | Job
  | { readonly on: Service; readonly condition: "started" | "healthy" }
  | { readonly on: Job; readonly condition: "completed" };

/** The resources of dependencies that are without fault. */
export function dependenciesOf(dependencies: readonly Dependency[]): pulumi.Resource[] {
  return dependencies.map((dependency) => ("on" in dependency ? dependency.on : dependency));
}

/** What can't be waited for: what is not there yet, what the component is part of, health that nobody checks, a wrong condition. */
export function dependencyFaults(subject: string, own: pulumi.Resource, dependencies: readonly Dependency[]): Fault[] {
  const around = ancestors(own);
  return dependencies.flatMap((dependency: unknown, index): Fault[] => {
    const path = `dependsOn[${index}]`;
    const { on, condition } = isObject(dependency) && "on" in dependency ? dependency : { on: dependency };
    if (!pulumi.Resource.isInstance(on)) {
      const advice = "Make it before what waits for it; two that wait for each other can't start.";
      return [{ subject, path, problem: "is not there", advice }];
    }
    // Pulumi would wait for the component with all its children, this one included, and end without a word.
    if (around.has(on)) {
      const advice = "Take it out: a part of something can't wait for the whole.";
      return [{ subject, path, problem: "is what it is a part of itself", advice }];
    }
    if (condition === undefined) return [];
    const isJob = Reflect.get(on, "__pulumiType") === "slipway:index:Job";
    const possible = isJob ? ["completed"] : ["started", "healthy"];
    if (!possible.some((one) => one === condition)) {
      const advice = `Use ${possible.map((one) => `"${one}"`).join(" or ")}.`;
      return [{ subject, path: `${path}.condition`, value: condition, problem: "can't come true", advice }];
    }
    if (condition !== "healthy" || Reflect.get(on, "isHealthChecked") !== false) return [];
    const advice = 'Give it a health check, or use the condition "started".';
    return [{ subject, path, problem: "waits for the health of a service that has no health check", advice }];
  });
}

/** The components that a resource is part of, itself included. */
function ancestors(own: pulumi.Resource): Set<unknown> {
  const found = new Set<unknown>();
  // The SDK keeps the parent there (resource.ts, marked internal).
  for (let at: unknown = own; isObject(at) && !found.has(at); at = Reflect.get(at, "__parentResource")) found.add(at);
  return found;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
