import type { Hook } from "../../compose/model/lifecycle";
import type { HealthCheck, Service } from "../../compose/model/service";
import type { EngineContainerArgs, HookCommand, PreStart } from "../../resources/container";
import { type Duration, duration, formatDuration, parseDuration } from "../../values/duration";
import type { ContainerArgs, HealthcheckArgs } from "../container";
import type { Parts } from "./parts";
import { present } from "./present";

type Args = Omit<ContainerArgs, "transform" | "image">;

/** What runs, as whom, with which variables, and how it starts, stops and says that it is well. */
export function processArgs(service: Service, key: string, parts: Parts): Partial<Args> {
  const env = Object.entries(service.environment ?? {}).flatMap(([name, value]) =>
    value === null ? [] : [[name, parts.variable(key, name, value)] as const],
  );
  const hasTest = (service.healthcheck?.test ?? []).length > 0 && service.healthcheck?.test?.[0] !== "NONE";
  const [policy = "no"] = restartOf(service);
  return present<Args>({
    // An empty list says nothing to the Engine: the image's command runs (docker/compose sends it as it is).
    command: nonEmpty(service.command ?? undefined),
    entrypoint: nonEmpty(service.entrypoint ?? undefined),
    env: env.length === 0 ? undefined : Object.fromEntries(env),
    user: service.user || undefined,
    workingDirectory: service.working_dir || undefined,
    restart: policy,
    order: orderOf(service.deploy?.update_config?.order),
    stopTimeout: wholeSeconds(service.stop_grace_period),
    stopSignal: service.stop_signal || undefined,
    init: service.init,
    readOnly: service.read_only,
    healthcheck:
      hasTest && service.healthcheck?.disable !== true ? healthcheckOf(service.healthcheck ?? {}) : undefined,
  });
}

/** The same, where only the Engine's own words say it. */
export function processEngine(service: Service): Partial<EngineContainerArgs> {
  const [policy, retries] = restartOf(service);
  const { healthcheck } = service;
  const isOff = healthcheck?.disable === true || healthcheck?.test?.[0] === "NONE";
  const isPartial = healthcheck !== undefined && !isOff && (healthcheck.test ?? []).length === 0;
  return present<EngineContainerArgs>({
    annotations: nonEmptyMap(service.annotations),
    domainname: service.domainname || undefined,
    emptyEntrypoint: service.entrypoint?.length === 0 ? true : undefined,
    // What has no policy that starts it again may end: with 0 it has done its work.
    mayEnd: policy === "no" || policy === "on-failure" ? true : undefined,
    healthcheck: isOff
      ? { tests: ["NONE"] }
      : isPartial || healthcheck?.start_interval !== undefined
        ? engineHealthcheck(healthcheck ?? {})
        : undefined,
    hostname: service.hostname || undefined,
    logDriver: service.logging?.driver || undefined,
    logOpts: nonEmptyMap(service.logging?.options),
    maxRetryCount: retries,
    postStart: nonEmpty(service.post_start?.map(hookOf)),
    beforeStop: nonEmpty(service.pre_stop?.map(hookOf)),
    stdinOpen: service.stdin_open,
    tty: service.tty,
  });
}

type Policy = NonNullable<ContainerArgs["restart"]>;

/** Restart policy and number of tries (docker/compose, create.go, `getRestartPolicy`): `deploy.restart_policy` wins. */
export function restartOf(service: Service): [policy: Policy, retries?: number] {
  const deployed = service.deploy?.restart_policy;
  const [name = "", count] = (service.restart ?? "").split(":");
  const [policy, tries] =
    deployed === undefined ? [name, Number(count)] : [deployed.condition ?? "", deployed.max_attempts];
  const retries = tries !== undefined && tries > 0 ? Number(tries) : undefined;
  const known: Readonly<Record<string, Policy>> = {
    "on-failure": "on-failure",
    "unless-stopped": "unless-stopped",
    always: "always",
    any: "always",
  };
  const meant = known[policy] ?? "no";
  return retries === undefined ? [meant] : [meant, retries];
}

function orderOf(order: string | undefined): ContainerArgs["order"] | undefined {
  return order === "start-first" || order === "stop-first" ? order : undefined;
}

/** A list that has something in it. */
export function nonEmpty<Item>(list: readonly Item[] | undefined): Item[] | undefined {
  return list === undefined || list.length === 0 ? undefined : [...list];
}

/** A map that has something in it. */
export function nonEmptyMap<Item>(map: Readonly<Record<string, Item>> | undefined): Record<string, Item> | undefined {
  return map === undefined || Object.keys(map).length === 0 ? undefined : { ...map };
}

function healthcheckOf(check: HealthCheck): HealthcheckArgs {
  const [kind, ...words] = check.test ?? [];
  return {
    test: kind === "CMD-SHELL" ? words.join(" ") : words,
    ...present<Omit<HealthcheckArgs, "test">>({
      interval: timeOf(check.interval),
      timeout: timeOf(check.timeout),
      startPeriod: timeOf(check.start_period),
      // Zero is the Engine's own number.
      retries: Number(check.retries ?? 0) || undefined,
    }),
  };
}

function engineHealthcheck(check: HealthCheck): NonNullable<EngineContainerArgs["healthcheck"]> {
  return present({
    tests: nonEmpty(check.test),
    interval: timeOf(check.interval),
    timeout: timeOf(check.timeout),
    startPeriod: timeOf(check.start_period),
    startInterval: timeOf(check.start_interval),
    retries: Number(check.retries ?? 0) || undefined,
  });
}

/** The commands before the start of a service: before that of its first container, for which the others wait. */
export function preStartEngine(service: Service, number: number): Partial<EngineContainerArgs> {
  const hooks = number === 1 ? (service.pre_start ?? []) : [];
  const preStart = hooks.map((hook): PreStart => {
    const { command, ...rest } = hookOf(hook);
    return { ...present<PreStart>({ image: hook.image || undefined, command: nonEmpty(command) }), ...rest };
  });
  return present<EngineContainerArgs>({ preStart: nonEmpty(preStart) });
}

function hookOf(hook: Hook): HookCommand {
  const env = Object.entries(hook.environment ?? {}).map(([key, value]) => (value === null ? key : `${key}=${value}`));
  return {
    command: hook.command ?? [],
    ...present<Omit<HookCommand, "command">>({
      user: hook.user || undefined,
      workingDir: hook.working_dir || undefined,
      envs: nonEmpty(env),
      privileged: hook.privileged === true ? true : undefined,
    }),
  };
}

/** A duration in the words of the Engine's plugin; zero says nothing. */
function timeOf(text: string | undefined): Duration | undefined {
  const parsed = text === undefined ? undefined : parseDuration(text);
  return parsed === undefined || parsed === 0 ? undefined : duration(formatDuration(parsed));
}

/** The Engine counts whole seconds, and compose cuts the rest off (docker/compose, convert.go, `ToSeconds`). */
function wholeSeconds(text: string | undefined): Duration | undefined {
  const parsed = text === undefined ? undefined : parseDuration(text);
  return parsed === undefined ? undefined : duration(formatDuration(Math.trunc(parsed / 1000) * 1000));
}
