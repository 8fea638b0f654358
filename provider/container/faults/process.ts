import { isImageId, parseImageReference } from "../../../values/image-reference";
import { parseBytes } from "../../../values/quantity";
import { flagOf, isEmpty, listOf, mapOf, objectOf, type Properties, textOf, unknown } from "../../value";
import { nanoseconds } from "../health-check";
import { signalNumber } from "../process";
import { checkNumber, type FaultFinder, type Refuse, wordsOf } from "./refuse";

/** Image, command, environment, names, health check and log. */
export const processFaults: FaultFinder = (inputs, refuse) => {
  imageFaults(inputs, refuse);
  commandFaults(inputs, refuse);
  envFaults(inputs, "envs", refuse);
  labelFaults(inputs, refuse);
  healthFaults(inputs, refuse);
  logFaults(inputs, refuse);
  const user = textOf(inputs["user"]);
  if (user !== undefined && !/^[^\s:]+(:[^\s:]+)?$/.test(user)) {
    refuse("user", user, "is no user", "Write it as `USER` or `USER:GROUP`, by name or number.");
  }
  const folder = textOf(inputs["workingDir"]);
  if (folder !== undefined && !folder.startsWith("/")) {
    refuse("workingDir", folder, "is not absolute", "Start it with `/`.");
  }
  for (const field of ["hostname", "domainname"] as const) {
    const name = textOf(inputs[field]);
    // The kernel takes 64 characters (uname(2)).
    const isName =
      name === undefined || (/^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$/.test(name) && name.length <= 64);
    if (!isName)
      refuse(field, name, "is no name of a host", "Use letters, digits, `-` and `.`, 64 characters at most.");
  }
  const signal = textOf(inputs["stopSignal"]);
  if (signal !== undefined && signalNumber(signal) === undefined) {
    refuse("stopSignal", signal, "is no signal", "Write it as `SIGTERM`, `TERM` or `15`.");
  }
};

function imageFaults(inputs: Properties, refuse: Refuse): void {
  const image = inputs["image"];
  if (image === unknown) return;
  const text = textOf(image);
  if (text === undefined) refuse("image", image, "is missing", "Name an image, such as `nginx:1.29`.");
  if (text === undefined) return;
  const isId = isImageId(text) || /^(sha256:)?[0-9a-f]{12,64}$/.test(text);
  if (!isId && parseImageReference(text) === undefined) {
    refuse("image", text, "is no image reference", "Write it as `REPOSITORY:TAG`, in lower case, or give an image id.");
  }
}

function commandFaults(inputs: Properties, refuse: Refuse): void {
  for (const field of ["command", "entrypoints"] as const) {
    const [first] = listOf(inputs[field]);
    // An entrypoint of one empty word takes the image's away (Engine API, `ContainerCreate`).
    const isReset = field === "entrypoints" && listOf(inputs[field]).length === 1;
    if (first === "" && !isReset) refuse(`${field}[0]`, first, "is empty", "Start with the name of a program.");
    for (const { path, text } of wordsOf(inputs[field], field)) {
      if (text.includes("\0")) refuse(path, undefined, "has a NUL character in it", "Leave it out.");
    }
  }
  const [noCommand, noEntrypoint] = [flagOf(inputs["emptyCommand"]), flagOf(inputs["emptyEntrypoint"])];
  if (noCommand === true && !isEmpty(inputs["command"])) {
    refuse("emptyCommand", true, "contradicts `command`", "Keep one of the two.");
  }
  if (noEntrypoint === true && !isEmpty(inputs["entrypoints"])) {
    refuse("emptyEntrypoint", true, "contradicts `entrypoints`", "Keep one of the two.");
  }
  if (noEntrypoint === true && isEmpty(inputs["command"])) {
    refuse("emptyEntrypoint", true, "leaves nothing to run", "Give a `command` too.");
  }
}

/** Variables `NAME=value`; only the name is ever said. */
export function envFaults(inputs: Properties, field: string, refuse: Refuse, at = field): void {
  const values = new Map<string, string>();
  for (const { path, text } of wordsOf(inputs[field], at)) {
    const name = text.split("=", 1)[0] ?? "";
    if (name.trim() === "" || /[\0\n]/.test(name)) {
      refuse(path, undefined, "has no variable name before the equals sign", "Write `NAME=value`.");
    } else if (text.includes("\0")) {
      refuse(path, name, "has a NUL character in its value", "Leave it out.");
    }
    const earlier = values.get(name);
    if (earlier !== undefined && earlier !== text) {
      refuse(path, name, "is set twice, to two values", "Set each variable once.");
    }
    values.set(name, text);
  }
}

function labelFaults(inputs: Properties, refuse: Refuse): void {
  const values = new Map<string, unknown>();
  for (const [index, item] of listOf(inputs["labels"]).entries()) {
    const { label, value } = objectOf(item);
    const path = `labels[${index}].label`;
    if (label === "") refuse(path, undefined, "is empty", "Give the label a name.");
    if (typeof label !== "string" || label === "") continue;
    if (label.startsWith("io.slipway.")) {
      refuse(path, label, "is reserved for Slipway's own bookkeeping", "Choose another prefix.");
    }
    if (values.has(label) && values.get(label) !== value && value !== unknown) {
      refuse(path, label, "is given twice, with two values", "Give each label once.");
    }
    values.set(label, value);
  }
}

function healthFaults(inputs: Properties, refuse: Refuse): void {
  const health = objectOf(inputs["healthcheck"]);
  for (const field of ["interval", "timeout", "startPeriod", "startInterval"] as const) {
    const duration = textOf(health[field]);
    if (duration === undefined) continue;
    const time = nanoseconds(duration);
    const path = `healthcheck.${field}`;
    if (time === undefined) refuse(path, duration, "is no duration", "Write it as `10s` or `1m30s`.");
    else if (time > 0 && time < 1e6) refuse(path, duration, "is too short", "Use `1ms` or more.");
  }
  checkNumber(refuse, "healthcheck.retries", health["retries"], { least: 0, what: "a number of retries" });
  const tests = listOf(health["tests"]);
  const [kind] = tests;
  if (typeof kind !== "string") return;
  const advice = 'Write it as `["CMD", "PROGRAM", "ARGUMENT"]`, `["CMD-SHELL", "COMMAND LINE"]` or `["NONE"]`.';
  const counts: Readonly<Record<string, boolean>> = {
    NONE: tests.length === 1,
    CMD: tests.length > 1,
    "CMD-SHELL": tests.length === 2,
  };
  if (counts[kind] === undefined) refuse("healthcheck.tests[0]", kind, "is no kind of health check", advice);
  else if (!counts[kind]) refuse("healthcheck.tests", undefined, `has ${tests.length - 1} words after ${kind}`, advice);
}

/** The options of the drivers that the Engine brings along (docs.docker.com, "Configure logging drivers"). */
const logOptions: Readonly<Record<string, readonly string[]>> = {
  fluentd:
    "env env-regex fluentd-address fluentd-async fluentd-async-connect fluentd-async-reconnect-interval fluentd-buffer-limit fluentd-max-retries fluentd-read-timeout fluentd-request-ack fluentd-retry-wait fluentd-sub-second-precision fluentd-write-timeout labels labels-regex tag".split(
      " ",
    ),
  gelf: "env env-regex gelf-address gelf-compression-level gelf-compression-type gelf-tcp-max-reconnect gelf-tcp-reconnect-delay labels labels-regex tag".split(
    " ",
  ),
  journald: "env env-regex labels labels-regex tag".split(" "),
  "json-file": "compress env env-regex labels labels-regex max-file max-size tag".split(" "),
  local: "compress max-file max-size".split(" "),
  none: [],
  syslog:
    "env env-regex labels labels-regex syslog-address syslog-facility syslog-format syslog-tls-ca-cert syslog-tls-cert syslog-tls-key syslog-tls-skip-verify tag".split(
      " ",
    ),
};

function logFaults(inputs: Properties, refuse: Refuse): void {
  const options = mapOf(inputs["logOpts"]);
  const driver = textOf(inputs["logDriver"]);
  const known = driver === undefined ? undefined : logOptions[driver];
  for (const [option, value] of Object.entries(options)) {
    const path = `logOpts[${JSON.stringify(option)}]`;
    const isGeneral = /^(mode|max-buffer-size|cache-.*)$/.test(option);
    if (known !== undefined && !known.includes(option) && !isGeneral) {
      const list = known.length === 0 ? "it takes none" : `it takes ${known.join(", ")}`;
      refuse(path, undefined, `is no option of the log driver ${driver}`, `Leave it out; ${list}.`);
    }
    if (option === "max-size" && value !== "-1" && parseBytes(value.replace(/b$/i, "")) === undefined) {
      refuse(path, value, "is no size", "Write it as `10m`.");
    }
    if (option === "max-file" && !/^[1-9]\d*$/.test(value))
      refuse(path, value, "is no number of files", "Use 1 or more.");
    if (option === "mode" && value !== "blocking" && value !== "non-blocking") {
      refuse(path, value, "is no mode", "Use blocking or non-blocking.");
    }
  }
}
