import { type Properties, textOf, type Value } from "../value";
import type { ContainerRules, Look } from "./look";

const shortId = (id: string): string => id.replace(/^(sha256:)?([0-9a-f]{12}).*$/, "$2");

/** The image of a container, compared by what its reference means on the daemon now. */
export const imageRules = {
  image: {
    // A reference that is gone can be given back, unless it is a digest, which only a registry gives.
    on: (before, after) => {
      const isTag = typeof after === "string" && !after.includes("@");
      return isTag && before === goneText(idIn(before), after) ? "update" : "replace";
    },
    has: imageOf,
  },
  // An image has an architecture, a container only an operating system.
  platform: { on: "replace", meaning: platformMeaning, has: (look, declared) => seenPlatform(look, declared) },
} satisfies ContainerRules;

/** The reference that a declared or drifted image input names. */
export function referenceOf(inputs: Properties): string | undefined {
  const text = textOf(inputs["image"]);
  return text === undefined
    ? undefined
    : (/ \((.+) (?:is now \S+|is gone from this daemon)\)$/.exec(text)?.[1] ?? text);
}

/** The declared reference where it means the image that runs; else the id of that image, and what became of the reference. */
function imageOf({ container, inputs, meant }: Look): Value | undefined {
  const reference = referenceOf(inputs);
  if (reference === undefined) return container.Config?.Image;
  if (meant === undefined || meant === container.Image) return reference;
  const id = shortId(container.Image ?? "");
  return meant === null ? goneText(id, reference) : `${id} (${reference} is now ${shortId(meant)})`;
}

function goneText(id: string, reference: Value): string {
  return `${id} (${String(reference)} is gone from this daemon)`;
}

function idIn(value: Value): string {
  return (textOf(value) ?? "").split(" ")[0] ?? "";
}

function seenPlatform({ platform }: Look, declared: Value | undefined): Value | undefined {
  const asked = textOf(declared);
  if (asked === undefined || platform === undefined) return undefined;
  // "linux" asks for no architecture, and "linux/arm64" for no variant of it.
  const [seen, wanted] = [platformParts(platform), platformParts(asked)];
  return wanted.every((part, at) => part === (seen[at] ?? part)) ? asked : platform;
}

function platformMeaning(value: Value): Value {
  return textOf(value) === undefined ? null : platformParts(textOf(value) ?? "").join("/");
}

/** Operating system, architecture and variant as containerd normalises them (platforms, `normalizeArch`). */
function platformParts(text: string): string[] {
  const [os = "", machine = "", variant = ""] = text.toLowerCase().split("/");
  const known: Readonly<Record<string, readonly [string, string]>> = {
    x86_64: ["amd64", ""],
    "x86-64": ["amd64", ""],
    i386: ["386", ""],
    aarch64: ["arm64", ""],
    armhf: ["arm", "v7"],
    armel: ["arm", "v6"],
  };
  const [arch, implied] = known[machine] ?? [machine, ""];
  const exact = variant === "" ? implied : variant.replace(/^(?=\d)/, "v");
  const usual = arch === "arm64" ? "v8" : arch === "arm" ? "v7" : arch === "amd64" ? "v1" : "";
  return [os, arch, exact === usual ? "" : exact].filter((part) => part !== "");
}
