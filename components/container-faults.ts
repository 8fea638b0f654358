import { type Duration, parseDuration } from "../values/duration";
import type { Fault } from "../values/fault";
import { isImageId, parseImageReference } from "../values/image-reference";
import { parsePorts } from "../values/port";
import { parseBytes } from "../values/quantity";
import type { ContainerArgs } from "./container";
import { type Known, listFaults, unknownFaults } from "./known";

const mebibyte = 2 ** 20;

const known: Known<ContainerArgs> = {
  beforeStop: "list",
  command: "list",
  completes: true,
  cpus: true,
  entrypoint: "list",
  env: true,
  files: "list",
  healthTimeout: true,
  healthcheck: true,
  image: true,
  init: true,
  labels: true,
  logs: true,
  memory: true,
  mounts: "list",
  name: true,
  networks: "list",
  order: true,
  ports: "list",
  readOnly: true,
  reload: true,
  replicaOf: true,
  restart: true,
  stopSignal: true,
  stopTimeout: true,
  transform: true,
  user: true,
  waitForHealth: true,
  workingDirectory: true,
};

/** Everything that is wrong with the arguments of a container, as far as they say it by themselves. */
export function containerFaults(subject: string, args: Partial<ContainerArgs>): Fault[] {
  const malformed = listFaults(subject, args, known);
  if (malformed.length > 0) return malformed;
  return [
    ...unknownFaults(subject, args, known),
    ...imageFaults(subject, args),
    ...parsePorts(args.ports ?? [], subject).faults,
    ...limitFaults(subject, args),
    ...timeFaults(subject, args),
    ...envFaults(subject, args.env ?? {}),
    ...placeFaults(subject, args),
    ...lifeFaults(subject, args),
  ];
}

/** The one argument that nothing can stand in for. */
export function missingImage(subject: string, image: unknown): Fault[] {
  if (image !== undefined && image !== null && image !== "") return [];
  const advice = "Give an Image of this program, or a reference.";
  return [{ subject, path: "image", problem: "is missing", advice }];
}

function imageFaults(subject: string, { image }: Partial<ContainerArgs>): Fault[] {
  if (typeof image !== "string" || image === "" || isImageId(image) || parseImageReference(image) !== undefined)
    return [];
  const advice = "Write REPOSITORY[:TAG][@DIGEST], in lower case.";
  return [{ subject, path: "image", value: image, problem: "is not an image reference", advice }];
}

function limitFaults(subject: string, { memory, cpus, logs }: Partial<ContainerArgs>): Fault[] {
  const faults: Fault[] = [];
  const bytes = memory === undefined ? undefined : parseBytes(memory);
  if (memory !== undefined && (bytes === undefined || bytes % mebibyte !== 0 || bytes < 6 * mebibyte)) {
    const problem = "is not a whole number of MiB, 6 or more";
    faults.push({ subject, path: "memory", value: memory, problem, advice: 'Write it as "512m" or "1g".' });
  }
  if (cpus !== undefined && !(cpus > 0)) {
    const advice = "Use a number above 0, such as 0.5.";
    faults.push({ subject, path: "cpus", value: cpus, problem: "is not a number of processors", advice });
  }
  if (logs !== undefined && (!((parseBytes(logs.maxSize) ?? 0) > 0) || !isWhole(logs.maxFiles, 1))) {
    const value = `${logs.maxSize}, ${logs.maxFiles} files`;
    const advice = 'Write it as { maxSize: "10m", maxFiles: 3 }.';
    faults.push({ subject, path: "logs", value, problem: "is no rotation", advice });
  }
  return faults;
}

function timeFaults(subject: string, args: Partial<ContainerArgs>): Fault[] {
  const { healthcheck } = args;
  const times: readonly (readonly [path: string, value: Duration | undefined])[] = [
    ["stopTimeout", args.stopTimeout],
    ["healthTimeout", args.healthTimeout],
    ["completes.within", args.completes?.within],
    ["healthcheck.interval", healthcheck?.interval],
    ["healthcheck.timeout", healthcheck?.timeout],
    ["healthcheck.startPeriod", healthcheck?.startPeriod],
  ];
  const faults = times.flatMap(([path, value]): Fault[] => {
    const parsed = value === undefined ? 0 : parseDuration(value);
    if (parsed === undefined)
      return [{ subject, path, value, problem: "is no duration", advice: 'Write it as "10s" or "1m30s".' }];
    if (path === "stopTimeout" && parsed % 1000 !== 0)
      return [{ subject, path, value, problem: "is not in whole seconds", advice: "Round it up." }];
    if (["healthTimeout", "completes.within"].includes(path) && value !== undefined && parsed === 0)
      return [{ subject, path, value, problem: "leaves no time", advice: "Use a time above 0." }];
    return [];
  });
  if (healthcheck?.retries !== undefined && !isWhole(healthcheck.retries, 1)) {
    const value = healthcheck.retries;
    faults.push({
      subject,
      path: "healthcheck.retries",
      value,
      problem: "is no number of failures",
      advice: "Use 1, 2 …",
    });
  }
  return faults;
}

function envFaults(subject: string, env: NonNullable<ContainerArgs["env"]>): Fault[] {
  return Object.entries<unknown>(env).flatMap(([key, value]): Fault[] => {
    if (key === "" || /[=\0]/.test(key)) {
      const problem = "is not the name of a variable";
      return [{ subject, path: "env", value: key, problem, advice: "Leave out `=`." }];
    }
    // It would arrive as the text "undefined".
    if (value !== undefined && value !== null) return [];
    const advice = "Leave the variable out, or give it a text.";
    return [{ subject, path: `env.${key}`, problem: "has no value", advice }];
  });
}

function placeFaults(subject: string, { mounts = [], files = [], networks = [] }: Partial<ContainerArgs>): Fault[] {
  const faults: Fault[] = [];
  const fault = (path: string, value: unknown, problem: string, advice: string): void => {
    faults.push({ subject, path, value, problem, advice });
  };
  const targets = new Set<string>();
  mounts.forEach((mount, index) => {
    const { target } = mount;
    if (!target.startsWith("/"))
      fault(`mounts[${index}].target`, target, "is not an absolute path", "Start it with `/`.");
    if (targets.has(target)) fault(`mounts[${index}].target`, target, "is mounted twice", "Keep one of the two.");
    targets.add(target);
    if ("bind" in mount && !/^(\/|[A-Za-z]:[\\/])/.test(mount.bind)) {
      const advice = "The daemon knows no working directory: use join(__dirname, …).";
      fault(`mounts[${index}].bind`, mount.bind, "is not an absolute path", advice);
    }
  });
  const paths = new Set<string>();
  files.forEach(({ path }, index) => {
    if (!path.startsWith("/")) fault(`files[${index}].path`, path, "is not an absolute path", "Start it with `/`.");
    if (paths.has(path)) fault(`files[${index}].path`, path, "is written twice", "Keep one of the two.");
    paths.add(path);
  });
  networks.forEach((network: unknown, index) => {
    if (typeof network === "object" && network !== null) return;
    const problem = "is no network";
    faults.push({ subject, path: `networks[${index}]`, problem, advice: "Make it before what is to be on it." });
  });
  return faults;
}

function lifeFaults(subject: string, { completes, restart, healthcheck }: Partial<ContainerArgs>): Fault[] {
  const faults: Fault[] = [];
  if (completes !== undefined && restart !== undefined && restart !== "no") {
    const problem = "would start it again after its end, and it is meant to complete";
    faults.push({ subject, path: "restart", value: restart, problem, advice: 'Leave it out, or use "no".' });
  }
  if (restart !== undefined && !["no", "always", "unless-stopped", "on-failure"].includes(restart)) {
    const advice = "Use no, always, unless-stopped or on-failure.";
    faults.push({ subject, path: "restart", value: restart, problem: "is no restart policy", advice });
  }
  if (healthcheck !== undefined && healthcheck.test.length === 0) {
    const advice = "Give the command that says whether it is well.";
    faults.push({ subject, path: "healthcheck.test", problem: "is empty", advice });
  }
  return faults;
}

/** True for a whole number that is not below the least. */
export function isWhole(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least;
}
