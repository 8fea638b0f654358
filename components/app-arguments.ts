import * as pulumi from "@pulumi/pulumi";
import type { Fault } from "../values/fault";
import { daemonName, nameFaults } from "../values/name";
import type { PortSpec } from "../values/port";
import type { AppArgs, AppLogs, AppResources, AppTransform, Rollout } from "./app";
import type { ContainerArgs } from "./container";
import { containerFaults, isWhole, missingImage } from "./container-faults";
import { slots } from "./gateway-configuration";
import { given } from "./given";
import { healthcheckOf, healthFaults } from "./health";
import { type Known, listFaults, unknownFaults } from "./known";

/** What the arguments say about each container alike, besides its image and its places. */
export function containerArgs(args: AppArgs): Omit<ContainerArgs, "image"> {
  const health = args.health === undefined ? undefined : healthcheckOf(args.health);
  return {
    logs: { maxSize: "10m", maxFiles: 3, ...args.logs },
    order: args.rollout?.order ?? ((args.ports ?? []).length > 0 ? "stop-first" : "start-first"),
    ...given("env", args.env),
    ...given("command", args.command),
    ...given("ports", args.ports),
    ...given("mounts", args.volumes),
    ...given("healthcheck", health),
    ...(args.health === "image" ? { waitForHealth: true } : {}),
    ...given("healthTimeout", args.healthTimeout),
    ...given("memory", args.resources?.memory),
    ...given("cpus", args.resources?.cpus),
    ...given("restart", args.restart),
    ...given("stopTimeout", args.stopTimeout),
    ...given("user", args.user),
    ...given("labels", args.labels),
  };
}

const known: Known<AppArgs> = {
  command: "list",
  dependsOn: "list",
  env: true,
  health: true,
  healthTimeout: true,
  image: true,
  labels: true,
  logs: true,
  name: true,
  networks: "list",
  ports: "list",
  replicas: true,
  resources: true,
  restart: true,
  rollout: true,
  route: true,
  stopTimeout: true,
  transform: true,
  user: true,
  volumes: "list",
};
const knownRollout: Known<Rollout> = { batch: true, order: true };
const knownResources: Known<AppResources> = { cpus: true, memory: true };
const knownLogs: Known<AppLogs> = { maxFiles: true, maxSize: true };
const knownTransform: Known<AppTransform> = { container: true, image: true, network: true };

/** Everything that is wrong with the arguments of an app, once and not for each of its containers. */
export function appFaults(name: string, args: AppArgs): Fault[] {
  const subject = `App "${name}"`;
  const malformed = listFaults(subject, args, known);
  if (malformed.length > 0) return [...unknownFaults(subject, args, known), ...malformed];
  const { image, networks = [] } = args;
  const shared = { ...containerArgs(args), networks, ...(typeof image === "string" ? { image } : {}) };
  return [
    ...unknownFaults(subject, args, known),
    ...unknownFaults(subject, args.rollout ?? {}, knownRollout, "rollout"),
    ...unknownFaults(subject, args.resources ?? {}, knownResources, "resources"),
    ...unknownFaults(subject, args.logs ?? {}, knownLogs, "logs"),
    ...unknownFaults(subject, args.transform ?? {}, knownTransform, "transform"),
    ...missingImage(subject, image),
    ...containerFaults(subject, shared).map(inOwnWords),
    ...(args.health === undefined ? [] : healthFaults(subject, args.health)),
    ...rolloutFaults(subject, args),
    ...nameFaultsOf(subject, name, args),
  ];
}

/** A fault of a container, where the arguments of an App have another name for its place. */
function inOwnWords(fault: Fault): Fault {
  if (fault.path === undefined) return fault;
  const path = fault.path
    .replace(/^mounts\b/, "volumes")
    .replace(/^(memory|cpus)$/, "resources.$1")
    .replace(/^healthcheck\b/, "health");
  return { ...fault, path };
}

function rolloutFaults(subject: string, args: AppArgs): Fault[] {
  const faults: Fault[] = [];
  const { replicas = 1, rollout = {}, ports = [] } = args;
  const fault = (path: string, value: unknown, problem: string, advice: string): void => {
    faults.push({ subject, path, value, problem, advice });
  };
  if (!isWhole(replicas, 0)) fault("replicas", replicas, "is no number of containers", "Use 0, 1, 2 …");
  const { batch = 1, order } = rollout;
  if (!isWhole(batch, 1)) fault("rollout.batch", batch, "is no number of replicas", "Use 1, 2 …");
  if (order !== undefined && !["start-first", "stop-first"].includes(order)) {
    fault("rollout.order", order, "is no order", 'Use "start-first" or "stop-first".');
  }
  const isFixed = (port: PortSpec): boolean =>
    typeof port === "string" ? port.includes(":") : port.host !== undefined;
  const fixed = ports.findIndex(isFixed);
  if (replicas > 1 && fixed >= 0) {
    const advice = "Put it behind a Gateway, leave the host port to the Engine, or use one replica.";
    fault(`ports[${fixed}]`, ports[fixed], `can't be published by ${replicas} replicas at once`, advice);
  }
  if (order === "start-first" && fixed >= 0) {
    const advice = 'Use "stop-first", or put it behind a Gateway.';
    fault("rollout.order", order, "does not go with a host port of its own", advice);
  }
  if (args.route !== undefined && replicas + batch > slots) {
    const advice = `Use ${slots - batch} at most, or a route and an App more.`;
    fault("replicas", replicas, `are more than a route has room for while ${batch} of them roll out`, advice);
  }
  return faults;
}

function nameFaultsOf(subject: string, name: string, args: AppArgs): Fault[] {
  if (args.name !== undefined) return nameFaults(subject, args.name);
  const longest = daemonName(pulumi.getProject(), pulumi.getStack(), `${name}-${args.replicas ?? 1}`);
  if (longest.length <= 200) return [];
  return [{ subject, value: longest, problem: "gives a container name that is too long", advice: "Give it a `name`." }];
}
