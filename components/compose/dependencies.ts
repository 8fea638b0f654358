import type { Project } from "../../compose/model/project";
import { parseDuration } from "../../values/duration";
import { scaleOf } from "./naming";

/** What others of the project ask of a service before they start. */
export interface Demand {
  /** `up` waits until it is healthy. */
  readonly healthy: boolean;
  /** It is a job: `up` waits until it has ended with exit code 0. */
  readonly completed: boolean;
}

/**
 * What `up` waits for at a service. Where another one starts after it (`service_started`), its health is not waited for, since
 * it may need that other one to become healthy; where nobody does, it is: so a bad change is found and taken back. What is
 * not `required` does not stop anybody, so it is not waited for.
 */
export function demandOn(project: Project, key: string): Demand {
  const asked = Object.values(project.services).flatMap(({ depends_on }) => depends_on?.[key] ?? []);
  const binding = asked.filter(({ required }) => required);
  const healthy = binding.some(({ condition }) => condition === "service_healthy");
  const completed = binding.some(({ condition }) => condition === "service_completed_successfully");
  const check = project.services[key]?.healthcheck;
  const hasCheck = check !== undefined && check.disable !== true && check.test?.[0] !== "NONE";
  return { completed, healthy: !completed && (healthy || (hasCheck && asked.length === 0)) };
}

/** The services that have to be there before one is made: what it depends on, of what runs at all. */
export function dependenciesOf(project: Project, key: string): string[] {
  const named = Object.keys(project.services[key]?.depends_on ?? {});
  return named.filter((name) => {
    const service = project.services[name];
    return service !== undefined && scaleOf(service) > 0;
  });
}

/**
 * The longest time until a check has an answer: a container becomes healthy or unhealthy within it, and `up` goes on at once
 * when it does. Ten minutes where the image's check counts, whose times are not known.
 */
export function healthTimeout(project: Project, key: string): number {
  const check = project.services[key]?.healthcheck;
  if (check === undefined) return 600_000;
  const time = (text: string | undefined, usual: number): number =>
    (text === undefined ? 0 : (parseDuration(text) ?? 0)) || usual;
  const once = time(check.interval, 30_000) + time(check.timeout, 30_000);
  return time(check.start_period, 0) + once * (Number(check.retries || 3) + 1) + 60_000;
}
