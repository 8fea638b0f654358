import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { BuildxBuilderArgs } from "@pulumi/docker";
import { type Builder, buildxVersion } from "../daemon/buildx";
import { type BuilderSpec, createBuilder, findBuilder, removeBuilder, removeNode } from "../daemon/buildx-builder";
import type { CliSetting } from "../daemon/docker-cli";
import { type Fault, SlipwayError } from "../values/fault";
import { generatedName, withDefaults } from "./check";
import type { Rules } from "./diff";
import type { Context, Resource } from "./resource";
import { subjectOf } from "./urn";
import {
  flagOf,
  isEmpty,
  isObject,
  mapOf,
  objectOf,
  type Properties,
  textOf,
  textsOf,
  unknown,
  type Value,
} from "./value";

const whenTrue = (value: Value): Value => (value === true ? true : null);

/** What an input means where it is not given, and what buildx takes it for. */
const driverOf = (value: Value): Value => (value === "docker-container" || value === "" ? null : value);

const rules: Rules<BuildxBuilderArgs> = {
  append: { on: "replace", meaning: whenTrue },
  bootstrap: { on: "replace", meaning: whenTrue },
  buildkitConfig: { on: "replace" },
  buildkitFlags: { on: "replace" },
  dockerContainer: { on: "replace", meaning: (value) => optionsOf(value) },
  driver: { on: "replace", meaning: driverOf },
  driverOptions: { on: "replace" },
  endpoint: { on: "replace" },
  kubernetes: { on: "replace", meaning: (value) => optionsOf(value) },
  name: { on: "replace" },
  node: { on: "replace" },
  platforms: { on: "replace" },
  remote: { on: "replace", meaning: (value) => optionsOf(value) },
  use: { on: "replace", meaning: whenTrue },
};

/** The blocks of driver options, and the driver that each is for. */
const drivers = { dockerContainer: "docker-container", kubernetes: "kubernetes", remote: "remote" } as const;
const blocks = ["dockerContainer", "kubernetes", "remote"] as const;

/**
 * docker.BuildxBuilder: a builder of `docker buildx`, or a node of one. It lives in the configuration of the docker command on
 * this machine, not on the daemon; only `docker buildx` knows how to make it.
 */
export const buildxBuilder: Resource = {
  token: "docker:index/buildxBuilder:BuildxBuilder",
  rules,
  // Further nodes of one builder have its name too.
  hasSharedIds: true,

  check(olds, news, request) {
    const subject = `BuildxBuilder "${request.name}"`;
    const nested = { dockerContainer: {}, kubernetes: { limits: {}, qemu: {}, requests: {} }, remote: {} };
    const defaults = isEmpty(news["name"]) ? { name: generatedName(olds, request) } : {};
    const inputs = withDefaults(news, defaults, nested);
    const faults: Fault[] = [];
    const refuse = (path: string, value: Value | undefined, problem: string, advice: string): void => {
      faults.push({ subject, path, problem, advice, ...(value === undefined ? {} : { value }) });
    };
    const name = textOf(inputs["name"]);
    if (name !== undefined && !/^[a-zA-Z][a-zA-Z0-9._-]*$/.test(name)) {
      refuse("name", name, "is no name of a builder", "Begin with a letter; use letters, digits, `.`, `_` and `-`.");
    }
    const given = blocks.filter((block) => !isEmpty(inputs[block]));
    for (const block of given.slice(1)) {
      refuse(block, undefined, `is given beside \`${given[0]}\``, "Keep one of the two.");
    }
    const [driver, block] = [textOf(inputs["driver"]), given[0]];
    if (driver !== undefined && block !== undefined && driver !== drivers[block]) {
      refuse("driver", driver, `is another one than that of \`${block}\``, "Leave one of the two out.");
    }
    if (flagOf(inputs["append"]) === true && isEmpty(inputs["name"])) {
      refuse("append", undefined, "names no builder to add a node to", "Set `name`.");
    }
    if (flagOf(inputs["append"]) === true && isEmpty(inputs["node"])) {
      refuse("node", undefined, "is missing, without which the node can't be told from the others", "Give it a name.");
    }
    const config = textOf(inputs["buildkitConfig"]);
    if (config !== undefined && statSync(resolve(config), { throwIfNoEntry: false })?.isFile() !== true) {
      refuse("buildkitConfig", config, "is no file", `Name one relative to "${process.cwd()}".`);
    }
    return { inputs, faults };
  },

  /** Nodes of one builder have names of their own. */
  claims(inputs) {
    const [name, node] = [textOf(inputs["name"]), textOf(inputs["node"])];
    if (name === undefined) return [];
    return [{ kind: "builder", name: flagOf(inputs["append"]) === true ? `${name}, node ${node ?? ""}` : name }];
  },

  /** buildx must be there, and the name must not be somebody else's: with a node's name buildx would change that builder. */
  async verify(context, inputs, old) {
    const subject = subjectOf(context.urn);
    if ((await buildxVersion()) === undefined) {
      const advice = "Install it (Docker's packages: docker-buildx-plugin), or take the resource out.";
      return [{ subject, problem: "needs `docker buildx`, which is not installed here", advice }];
    }
    const name = textOf(inputs["name"]);
    if (old !== undefined || name === undefined || context.deployment.seen.has(context.urn)) return [];
    const known = await findBuilder(await settingOf(context), name);
    const isAppended = flagOf(inputs["append"]) === true;
    const node = textOf(inputs["node"]);
    if (isAppended && hasNode(known, node)) {
      const advice = "Give another node's name.";
      return [{ subject, path: "node", value: node ?? "", problem: `is a node of builder "${name}" already`, advice }];
    }
    if (isAppended || known === undefined) return [];
    const advice = `Give another name, set \`append\`, or take it over with \`pulumi import docker:index/buildxBuilder:BuildxBuilder NAME ${name}\`.`;
    return [{ subject, path: "name", value: name, problem: "is a builder that this stack did not make", advice }];
  },

  plan: stateOf,

  /** The old one has the same name, mostly, and nothing is served by a builder. */
  deletesFirst: () => true,

  async create(context, inputs) {
    const spec = specOf(inputs);
    await createBuilder(await settingOf(context), spec, context.signal);
    return { id: spec.name, state: stateOf(inputs) };
  },

  /** Whether it is there; its options are buildx's own business, and it prints them for people. */
  async read(context, id, inputs, state) {
    if ((await buildxVersion()) === undefined) {
      if (inputs === undefined) throw missing(context);
      context.log(
        `${subjectOf(context.urn)}: \`docker buildx\` is not installed here, so it can't be looked for.`,
        "warning",
      );
      return { id, inputs, state };
    }
    const known = await findBuilder(await settingOf(context), id);
    if (known === undefined) return undefined;
    if (inputs !== undefined) {
      const isGone = flagOf(inputs["append"]) === true && !hasNode(known, textOf(inputs["node"]));
      return isGone ? undefined : { id, inputs, state };
    }
    const [first] = known.nodes;
    const node = first === undefined ? {} : { node: first.name, endpoint: first.endpoint };
    const found = { __defaults: [], name: id, driver: known.driver, ...node };
    return { id, inputs: found, state: stateOf(found) };
  },

  /** Every change that means something replaces it. */
  async update(_context, _id, _olds, news) {
    return stateOf(news);
  },

  async delete(context, id, inputs, state) {
    if ((await buildxVersion()) === undefined) throw missing(context);
    const asked = { ...state, ...inputs };
    const node = textOf(asked["node"]);
    const setting = await settingOf(context);
    if (flagOf(asked["append"]) === true && node !== undefined) await removeNode(setting, id, node, context.signal);
    else await removeBuilder(setting, id, context.signal);
  },
};

function hasNode(known: Builder | undefined, name: string | undefined): boolean {
  return known?.nodes.some((node) => node.name === name) === true;
}

function missing(context: Context): SlipwayError {
  const problem = "can't be reached: `docker buildx` is not installed here";
  return new SlipwayError({
    subject: subjectOf(context.urn),
    problem,
    advice: "Install it, and run the command again.",
  });
}

async function settingOf(context: Context): Promise<CliSetting> {
  return { endpoint: (await context.engine()).endpoint };
}

function specOf(inputs: Properties): BuilderSpec {
  const block = blocks.find((name) => !isEmpty(inputs[name]));
  return {
    name: textOf(inputs["name"]) ?? "",
    driver: textOf(inputs["driver"]) ?? (block === undefined ? undefined : drivers[block]),
    driverOptions: {
      ...(block === undefined ? {} : mapOf(optionsOf(inputs[block] ?? null))),
      ...mapOf(inputs["driverOptions"]),
    },
    config: fileOf(inputs["buildkitConfig"]),
    flags: textOf(inputs["buildkitFlags"]),
    node: textOf(inputs["node"]),
    platforms: textsOf(inputs["platforms"]),
    append: flagOf(inputs["append"]) ?? false,
    bootstrap: flagOf(inputs["bootstrap"]) ?? false,
    use: flagOf(inputs["use"]) ?? false,
    endpoint: textOf(inputs["endpoint"]),
  };
}

function fileOf(value: Value | undefined): string | undefined {
  const path = textOf(value);
  return path === undefined ? undefined : resolve(path);
}

/** A block of driver options by their names in buildx: `memorySwap` is `memory-swap`, `limits.cpu` and `env.NAME` are what they are. */
function optionsOf(block: Value): Properties {
  const entries = Object.entries(objectOf(block)).flatMap(([key, value]): [string, Value][] => {
    if (key === "__defaults" || isEmpty(value)) return [];
    const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (!isObject(value)) return [[name, value === unknown ? value : String(value)]];
    const inner = name === "env" ? objectOf(value) : optionsOf(value);
    return Object.entries(inner).map(([part, item]) => [`${name}.${part}`, item ?? null]);
  });
  return Object.fromEntries(entries);
}

/** The state as the official plugin writes it. */
function stateOf(inputs: Properties): Properties {
  const plain = (name: string): Value => inputs[name] ?? null;
  const block = (name: string): Value => {
    const { __defaults: _, ...rest } = objectOf(inputs[name]);
    return isEmpty(inputs[name]) ? null : inputs[name] === unknown ? unknown : rest;
  };
  return {
    append: inputs["append"] ?? false,
    bootstrap: inputs["bootstrap"] ?? false,
    buildkitConfig: plain("buildkitConfig"),
    buildkitFlags: plain("buildkitFlags"),
    dockerContainer: block("dockerContainer"),
    driver: plain("driver"),
    driverOptions: plain("driverOptions"),
    endpoint: plain("endpoint"),
    kubernetes: block("kubernetes"),
    name: inputs["name"] ?? unknown,
    node: plain("node"),
    platforms: plain("platforms"),
    remote: block("remote"),
    use: inputs["use"] ?? false,
  };
}
