import type { ContainerInspectResponse, HostConfig, ImageConfig } from "@docker/node-sdk";
import type { EngineContainerArgs } from "../../resources/container";
import type { Rule } from "../diff";
import { flagOf, listOf, mapOf, numberOf, objectOf, type Properties, textOf, type Value } from "../value";
import { givenMap } from "./sparse";

/** A container as the Engine shows it. */
export type Inspect = ContainerInspectResponse;

/** Everything that is known of a container when its inputs are told from what the daemon has. */
export interface Look {
  readonly container: Inspect;
  /** The configuration of the image it runs; undefined where that image is gone. */
  readonly image: ImageConfig | undefined;
  /** The inputs it was made from, as far as known; empty in an import. */
  readonly inputs: Properties;
  /** The state after the last change: what the daemon chose by itself then. In an import, what the daemon chooses by default. */
  readonly state: Properties;
  /** What the image reference in `inputs` means on the daemon now: an image id, or null where it means nothing. */
  readonly meant?: string | null;
  /** The platform of the image it runs, as `linux/arm64/v8`. */
  readonly platform?: string;
  /** The `uploads` of `inputs`, those that differ in the container with what differs. */
  readonly uploads?: readonly Value[];
  /** Ids of the containers whose name spaces the inputs name, by the name used there. */
  readonly containers?: ReadonlyMap<string, string>;
  /** API version of the daemon; inputs that it is too old for are taken for as they were said. */
  readonly apiVersion?: string;
  /** Inputs of which the daemon tells nothing: they are taken for as they were said. @default none */
  readonly untold?: ReadonlySet<string>;
  /** Text of the seccomp profiles that `securityOpts` names by path, by path. */
  readonly profiles?: ReadonlyMap<string, string>;
}

/** How one input of a container is compared, what its change asks for, and how it shows on the daemon. */
export interface ContainerRule extends Rule {
  /** The input as the daemon has it. Default: the daemon keeps nothing of it. */
  readonly has?: (look: Look, declared: Value | undefined) => Value | undefined;
  /** What the daemon has where the program says nothing: the image's or its own. Default: nothing. */
  readonly unsaid?: (look: Look) => Value | undefined;
  /** True for an input that the official plugin does not know. */
  readonly extra?: true;
  /**
   * True for a limit that the daemon leaves out, with a warning, where the kernel can't keep it. Nothing can take it off a
   * container afterwards (zero means "as it is" to `docker update`), so where it is missing it was left out: no drift, or
   * every `up` would try again.
   */
  readonly discardable?: true;
}

/** A part of the table of inputs. */
export type ContainerRules = { readonly [Name in keyof EngineContainerArgs]?: ContainerRule };

/** An input that the daemon has as it was written. */
type Reader<Kind> = (host: HostConfig, look: Look) => Kind | null | undefined;

/** A text; the empty one means that nothing is said. */
export function textRule(read: Reader<string>, more: Omit<ContainerRule, "on"> = {}): ContainerRule {
  const has = (look: Look) => read(look.container.HostConfig ?? {}, look) ?? undefined;
  return { on: "replace", meaning: (value) => textOf(value) ?? (value === "" ? null : value), has, ...more };
}

/** A flag that is off where nothing is said. */
export function flagRule(read: Reader<boolean>, more: Omit<ContainerRule, "on"> = {}): ContainerRule {
  const has = (look: Look) => read(look.container.HostConfig ?? {}, look) === true;
  return { on: "replace", meaning: onlyTrue, has, ...more };
}

/** A number; zero means that nothing is said. */
export function numberRule(read: Reader<number>, more: Partial<ContainerRule> = {}): ContainerRule {
  const has = (look: Look) => read(look.container.HostConfig ?? {}, look) ?? undefined;
  return { on: "replace", meaning: (value) => (value === 0 ? null : value), has, ...more };
}

/** A list of texts whose order says nothing. */
export function setRule(read: Reader<readonly string[]>, more: Omit<ContainerRule, "on"> = {}): ContainerRule {
  const has = (look: Look) => read(look.container.HostConfig ?? {}, look) ?? undefined;
  return { on: "replace", unordered: true, has, ...more };
}

/** A map of texts. */
export function mapRule(
  read: Reader<Readonly<Record<string, string>>>,
  more: Omit<ContainerRule, "on"> = {},
): ContainerRule {
  const has = (look: Look) => givenMap(read(look.container.HostConfig ?? {}, look) ?? {});
  return { on: "replace", has, ...more };
}

/** True, or null for what means the same as nothing. */
export function onlyTrue(value: Value): Value {
  return flagOf(value) === true ? true : null;
}

/** The labels of a list of label blocks, as a map. */
export function labelMap(value: Value | undefined): Record<string, string> {
  const pairs = listOf(value).map(objectOf);
  return Object.fromEntries(pairs.map((pair) => [textOf(pair["label"]) ?? "", textOf(pair["value"]) ?? ""]));
}

/** A map as a list of label blocks, sorted by label, as the official plugin writes it. */
export function labelList(labels: Readonly<Record<string, string>>): { label: string; value: string }[] {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([label, value]) => ({ label, value }));
}

/** Words `NAME=value` as a map; a map stays as it is. */
export function pairsOf(value: Value | undefined): Record<string, string> {
  if (!Array.isArray(value)) return mapOf(value);
  const words = listOf(value).flatMap((word) => (typeof word === "string" ? [word] : []));
  return Object.fromEntries(words.map((word) => [word.split("=", 1)[0] ?? "", word.split("=").slice(1).join("=")]));
}

/** True where a property is said: neither absent, nor empty, nor zero. */
export function isSaid(inputs: Properties, name: string): boolean {
  const value = inputs[name];
  return numberOf(value) !== 0 && value !== undefined && value !== null && value !== "" && value !== false;
}
