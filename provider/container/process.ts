import { constants } from "node:os";
import { posix } from "node:path";
import type { ContainerCreateRequest, HostConfig, ImageConfig } from "@docker/node-sdk";
import { userLabels } from "../../resources/ownership";
import { labelsMeaning } from "../labels";
import { flagOf, isEmpty, mapOf, numberOf, type Properties, textOf, textsOf, type Value } from "../value";
import { type ContainerRules, flagRule, type Look, labelList, labelMap, mapRule, onlyTrue, textRule } from "./look";
import { compact, given, givenMap } from "./sparse";

/** What runs in the container and as whom, and what is written down about it. */
export const processRules = {
  annotations: mapRule((host) => host.Annotations, { extra: true }),
  command: {
    on: "replace",
    has: ({ container }) => container.Config?.Cmd ?? [],
    unsaid: (look) => (ownEntrypoint(look) ? [] : (look.image?.Cmd ?? [])),
  },
  domainname: textRule((_, { container }) => domainOf(container.Config)),
  emptyCommand: {
    on: "replace",
    extra: true,
    meaning: onlyTrue,
    has: (look) => isEmpty(look.container.Config?.Cmd) && !isEmpty(look.image?.Cmd) && !ownEntrypoint(look),
  },
  emptyEntrypoint: {
    on: "replace",
    extra: true,
    meaning: onlyTrue,
    has: ({ container, image }) => isEmpty(container.Config?.Entrypoint) && !isEmpty(image?.Entrypoint),
  },
  entrypoints: {
    on: "replace",
    has: ({ container }) => container.Config?.Entrypoint ?? [],
    unsaid: ({ image, container }) => (isEmpty(container.Config?.Entrypoint) ? [] : (image?.Entrypoint ?? [])),
  },
  envs: {
    on: "replace",
    unordered: true,
    has: ({ container, image }, declared) => {
      const asked = textsOf(declared);
      const own = (container.Config?.Env ?? []).filter((word) => asked.includes(word) || !image?.Env?.includes(word));
      return image === undefined ? own.filter((word) => names(asked).includes(nameOf(word))) : own;
    },
  },
  hostname: textRule((_, { container }) => container.Config?.Hostname, {
    unsaid: ({ container }) => {
      const mode = container.HostConfig?.NetworkMode ?? "";
      const shared = mode === "host" || mode.startsWith("container:") || container.HostConfig?.UTSMode === "host";
      return shared ? (container.Config?.Hostname ?? "") : (container.Id ?? "").slice(0, 12);
    },
  }),
  init: { on: "replace", has: ({ container }) => container.HostConfig?.Init ?? false, unsaid: () => false },
  labels: {
    on: "replace",
    unordered: true,
    meaning: labelsMeaning,
    has: ({ container, image }, declared) => {
      const asked = labelMap(declared);
      const entries = Object.entries(userLabels(container.Config?.Labels));
      const own = entries.filter(([label, value]) => label in asked || image?.Labels?.[label] !== value);
      return labelList(Object.fromEntries(own));
    },
  },
  logDriver: textRule((host) => host.LogConfig?.Type, { unsaid: ({ state }) => state["logDriver"] ?? "json-file" }),
  // The daemon adds its own options to a container's (dockerd, `log-opts`): only what the program names is compared.
  logOpts: {
    on: "replace",
    has: ({ container }, declared) => {
      const options = container.HostConfig?.LogConfig?.Config ?? {};
      if (isEmpty(declared)) return options;
      return Object.fromEntries(Object.entries(options).filter(([option]) => option in mapOf(declared)));
    },
    unsaid: ({ container, inputs }) => (isEmpty(inputs) ? {} : (container.HostConfig?.LogConfig?.Config ?? {})),
  },
  stdinOpen: flagRule((_, { container }) => container.Config?.OpenStdin),
  stopSignal: {
    on: "replace",
    meaning: (value) => signalNumber(value) ?? value,
    has: ({ container }) => container.Config?.StopSignal ?? "",
    unsaid: ({ container, image }) => (container.Config?.StopSignal ? image?.StopSignal || "SIGTERM" : ""),
  },
  stopTimeout: { on: "replace", has: ({ container }) => container.Config?.StopTimeout ?? undefined },
  tty: flagRule((_, { container }) => container.Config?.Tty),
  user: textRule((_, { container }) => container.Config?.User, { unsaid: ({ image }) => image?.User ?? "" }),
  workingDir: {
    on: "replace",
    meaning: (value) => (textOf(value) === undefined ? null : folder(textOf(value) ?? "")),
    has: ({ container }) => container.Config?.WorkingDir ?? "",
    unsaid: ({ image }) => image?.WorkingDir ?? "",
  },
} satisfies ContainerRules;

/** The part of the body that says what runs. `image` is needed for {@link processRules.emptyCommand} only. */
export function processBody(inputs: Properties, image?: ImageConfig): ContainerCreateRequest {
  // The Engine takes the image's command where neither command nor entrypoint is given, and only then.
  const bare = flagOf(inputs["emptyCommand"]) === true && !isEmpty(image?.Entrypoint);
  const entrypoint = given(textsOf(inputs["entrypoints"])) ?? (bare ? image?.Entrypoint : undefined);
  return compact<ContainerCreateRequest>({
    Cmd: given(textsOf(inputs["command"])),
    Domainname: textOf(inputs["domainname"]),
    // One empty word takes the image's away (Engine API, `ContainerCreate`, Entrypoint).
    Entrypoint: flagOf(inputs["emptyEntrypoint"]) === true ? [""] : entrypoint,
    Env: given(textsOf(inputs["envs"])),
    Hostname: textOf(inputs["hostname"]),
    Image: textOf(inputs["image"]),
    OpenStdin: flagOf(inputs["stdinOpen"]),
    StopSignal: textOf(inputs["stopSignal"]),
    StopTimeout: numberOf(inputs["stopTimeout"]),
    Tty: flagOf(inputs["tty"]),
    User: textOf(inputs["user"]),
    WorkingDir: textOf(inputs["workingDir"]),
  });
}

/** The part of HostConfig that says how the process is wrapped and where its output goes. */
export function processHost(inputs: Properties): HostConfig {
  const driver = textOf(inputs["logDriver"]);
  const options = mapOf(inputs["logOpts"]);
  const hasLog = driver !== undefined || Object.keys(options).length > 0;
  return compact<HostConfig>({
    Annotations: givenMap(mapOf(inputs["annotations"])),
    Init: flagOf(inputs["init"]),
    // The official plugin sends the options with its own default, whatever the daemon's is.
    LogConfig: hasLog ? { Type: (driver ?? "json-file") as "json-file", Config: options } : undefined,
  });
}

/** The number of a signal by name (`SIGTERM`, `TERM`, `SIGRTMIN+3`) or number; undefined where it is none. */
export function signalNumber(value: Value | undefined): number | undefined {
  const text = (typeof value === "number" ? String(value) : (textOf(value) ?? "")).toUpperCase().replace(/^SIG/, "");
  if (/^\d+$/.test(text)) return Number(text) >= 1 && Number(text) <= 64 ? Number(text) : undefined;
  // Real-time signals as the Engine counts them (moby/sys/signal, signal_linux.go).
  const offset = /^(RTMIN|RTMAX)(?:([+-])(\d+))?$/.exec(text);
  if (offset !== null) {
    const by = Number(offset[3] ?? 0) * (offset[2] === "-" ? -1 : 1);
    const signal = (offset[1] === "RTMIN" ? 34 : 64) + by;
    return signal >= 34 && signal <= 64 ? signal : undefined;
  }
  return Object.entries(constants.signals).find(([name]) => name === `SIG${text}`)?.[1];
}

/** True where the container's entrypoint is not its image's: then the image's command does not count. */
function ownEntrypoint({ container, image }: Look): boolean {
  return JSON.stringify(container.Config?.Entrypoint ?? []) !== JSON.stringify(image?.Entrypoint ?? []);
}

function folder(path: string): string {
  const clean = posix.normalize(path);
  return clean.length > 1 ? clean.replace(/\/+$/, "") : clean;
}

function names(words: readonly string[]): string[] {
  return words.map(nameOf);
}

function nameOf(word: string): string {
  return word.split("=", 1)[0] ?? "";
}

/** The generated type leaves the domain out. */
function domainOf(config: Look["container"]["Config"]): string | undefined {
  const domain: unknown = Reflect.get(config ?? {}, "Domainname");
  return typeof domain === "string" ? domain : undefined;
}
