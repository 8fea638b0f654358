import { PathRules } from "../path-rules";
import { Float, type Value } from "../tree";

/** What a text becomes after interpolation, where the specification wants a number or boolean; or what is wrong. */
export type Cast = (text: string, onYes: (text: string) => void) => Value | CastFault;

/** Why a text is not of the type. */
export class CastFault {
  constructor(
    readonly problem: string,
    readonly advice: string,
  ) {}
}

const largest = 2n ** 63n - 1n;

/** A whole number of 64 bits in decimal digits. */
export const toInteger: Cast = (text) => {
  if (!/^[-+]?[0-9]+$/.test(text) || text.length > 40) return new CastFault("is no integer", "Use a whole number.");
  const value = BigInt(text.replace(/^\+/, ""));
  if (value > largest || value < -largest - 1n)
    return new CastFault("is too large", "Use a number of at most 64 bits.");
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};

/** A number as Go's ParseFloat takes it. */
export const toFloat: Cast = (text) => {
  const value = parseFloatOfGo(text);
  return value === undefined ? new CastFault("is no number", "Use a number.") : new Float(value);
};

/** As {@link toFloat}, kept in 32 bits. */
export const toFloat32: Cast = (text) => {
  const value = parseFloatOfGo(text);
  if (value === undefined) return new CastFault("is no number", "Use a number.");
  const narrow = Math.fround(value);
  if (!Number.isFinite(narrow) && Number.isFinite(value)) return new CastFault("is too large", "Use a smaller number.");
  return new Float(narrow);
};

/** `true` and `false` in any case; `yes`, `on` … with a warning (they are none in YAML 1.2). */
export const toBoolean: Cast = (text, onYes) => {
  const word = text.toLowerCase();
  if (word === "true") return true;
  if (word === "false") return false;
  const isYes = word === "y" || word === "yes" || word === "on";
  if (!isYes && word !== "n" && word !== "no" && word !== "off") {
    return new CastFault("is no boolean", "Use true or false.");
  }
  onYes(`"${text}" for boolean is not supported by YAML 1.2, please use \`${isYes}\``);
  return isYes;
};

const services: Readonly<Record<string, Cast>> = {
  cpu_count: toInteger,
  cpu_percent: toFloat,
  cpu_period: toInteger,
  cpu_quota: toInteger,
  cpu_rt_period: toInteger,
  cpu_rt_runtime: toInteger,
  cpus: toFloat32,
  cpu_shares: toInteger,
  init: toBoolean,
  "depends_on.*.required": toBoolean,
  "depends_on.*.restart": toBoolean,
  "deploy.replicas": toInteger,
  "deploy.update_config.parallelism": toInteger,
  "deploy.update_config.max_failure_ratio": toFloat,
  "deploy.rollback_config.parallelism": toInteger,
  "deploy.rollback_config.max_failure_ratio": toFloat,
  "deploy.restart_policy.max_attempts": toInteger,
  "deploy.placement.max_replicas_per_node": toInteger,
  "healthcheck.retries": toInteger,
  "healthcheck.disable": toBoolean,
  oom_kill_disable: toBoolean,
  oom_score_adj: toInteger,
  pids_limit: toInteger,
  "ports.*.target": toInteger,
  privileged: toBoolean,
  read_only: toBoolean,
  scale: toInteger,
  stdin_open: toBoolean,
  tty: toBoolean,
  "ulimits.*": toInteger,
  "ulimits.*.hard": toInteger,
  "ulimits.*.soft": toInteger,
  "volumes.*.read_only": toBoolean,
  "volumes.*.volume.nocopy": toBoolean,
};

/** Where compose turns text into another type (loader/interpolate.go of compose-go). */
export const casts = new PathRules<Cast>({
  ...Object.fromEntries(Object.entries(services).map(([path, cast]) => [`services.*.${path}`, cast])),
  "networks.*.external": toBoolean,
  "networks.*.internal": toBoolean,
  "networks.*.attachable": toBoolean,
  "networks.*.enable_ipv4": toBoolean,
  "networks.*.enable_ipv6": toBoolean,
  "volumes.*.external": toBoolean,
  "secrets.*.external": toBoolean,
  "configs.*.external": toBoolean,
});

/** Go's ParseFloat; undefined when it is none or out of range. Hexadecimal floats are left out. */
export function parseFloatOfGo(text: string): number | undefined {
  const special = /^([-+]?)(?:inf|infinity)$/i.exec(text);
  if (special !== null) return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (!/^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
