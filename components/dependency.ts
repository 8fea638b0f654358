import type * as pulumi from "@pulumi/pulumi";
import type { Fault } from "../values/fault";
import type { App } from "./app";
import type { Container } from "./container";
import type { Job } from "./job";
import type { Postgres } from "./postgres";
import { refuse } from "./refusal";

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

/** The resources of dependencies; one that is to be healthy and has no health check is refused. */
export function dependenciesOf(subject: string, dependencies: readonly Dependency[]): pulumi.Resource[] {
  const faults: Fault[] = [];
  const resources = dependencies.map((dependency, index) => {
    if (!("on" in dependency)) return dependency;
    const { on, condition } = dependency;
    if (condition === "healthy" && "isHealthChecked" in on && !on.isHealthChecked) {
      const advice = 'Give it a health check, or use the condition "started".';
      faults.push({
        subject,
        path: `dependsOn[${index}]`,
        problem: "waits for the health of a service that has no health check",
        advice,
      });
    }
    return on;
  });
  refuse(faults);
  return resources;
}
