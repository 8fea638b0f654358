import type { EngineContainerArgs } from "../../resources/container";
import { flagOf, type Properties } from "../value";
import { endpointRules } from "./endpoints";
import { healthRules } from "./health-check";
import { isolationRules } from "./isolation";
import { limitRules } from "./limits";
import { type ContainerRule, flagRule } from "./look";
import { mountRules } from "./mounts";
import { portRules } from "./ports";
import { processRules } from "./process";
import { imageRules } from "./reference";
import { uploadRules } from "./upload";

const live = { on: "live" } as const;
const liveExtra = { on: "live", extra: true } as const;

/**
 * What a change of each container input asks for, and how it shows on the daemon. Where the Engine can change a container
 * that runs (`docker update`, `rename`, `network connect`) that is an update; what only governs waiting and removing is live.
 */
export const rules: { readonly [Name in keyof Required<EngineContainerArgs>]: ContainerRule } = {
  ...endpointRules,
  ...healthRules,
  ...imageRules,
  ...isolationRules,
  ...limitRules,
  ...mountRules,
  ...portRules,
  ...processRules,
  ...uploadRules,
  adopt: liveExtra,
  attach: live,
  beforeStop: liveExtra,
  containerReadRefreshTimeoutMilliseconds: live,
  destroyGraceSeconds: live,
  logs: live,
  mayEnd: liveExtra,
  mustRun: {
    on: "update",
    has: (look) => isAsItShould(look.container.State ?? {}, look.inputs),
    unsaid: () => true,
  },
  mustComplete: liveExtra,
  name: { on: "update", has: ({ container }) => (container.Name ?? "").replace(/^\//, "") },
  postStart: { on: "replace", extra: true },
  preStart: { on: "replace", extra: true },
  reload: liveExtra,
  removeVolumes: live,
  replaceOrder: liveExtra,
  replica: liveExtra,
  reportHealth: liveExtra,
  restartTriggers: { on: "update", extra: true },
  rm: flagRule((host) => host.AutoRemove),
  start: { on: "update" },
  wait: live,
  waitTimeout: live,
};

/** The defaults that the official plugin fills in; state exchange rests on them. */
export const defaults: Properties = {
  containerReadRefreshTimeoutMilliseconds: 15000,
  mustRun: true,
  networkMode: "bridge",
  removeVolumes: true,
  restart: "no",
  start: true,
  waitTimeout: 60,
};

/** The blocks among the inputs, at any depth, and the defaults inside them and inside the elements of lists. */
export const nestedDefaults: Readonly<Record<string, Properties>> = {
  bindOptions: {},
  capabilities: {},
  devices: { permissions: "rwm" },
  healthcheck: { interval: "0s", startInterval: "0s", startPeriod: "0s", timeout: "0s" },
  ports: { ip: "0.0.0.0", protocol: "tcp" },
  tmpfsOptions: {},
  volumeOptions: {},
};

/** True where a container has to be kept running: not one that is only made, and not one whose end is waited for. */
export function isKeptRunning(inputs: Properties): boolean {
  const isMadeOnly = flagOf(inputs["start"]) === false;
  const ends = flagOf(inputs["attach"]) === true || flagOf(inputs["mustComplete"]) === true;
  return !isMadeOnly && !ends && flagOf(inputs["mustRun"]) !== false;
}

/** True for a container that has ended as it may (`mayEnd`). */
export function hasEndedWell(inputs: Properties, state: Running): boolean {
  const isEnd = state.Status === "exited" && state.ExitCode === 0;
  return flagOf(inputs["mayEnd"]) === true && isEnd;
}

interface Running {
  readonly Status?: string;
  readonly ExitCode?: number;
  readonly Running?: boolean;
  readonly Paused?: boolean;
  readonly Restarting?: boolean;
}

/** The value of `mustRun`, false where it should run and does not, as the official plugin shows a container that was stopped. */
function isAsItShould(state: Running, inputs: Properties): boolean {
  if (!isKeptRunning(inputs)) return flagOf(inputs["mustRun"]) ?? true;
  if (hasEndedWell(inputs, state)) return true;
  return state.Running === true && state.Paused !== true && state.Restarting !== true;
}
