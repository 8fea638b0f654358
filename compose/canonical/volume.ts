import { LoadFault } from "../load-fault";
import { type Mapping, mapping, type Value } from "../tree";

/** A short volume taken apart. */
export interface ShortVolume {
  source?: string;
  target?: string;
  isReadOnly: boolean;
  isNoCopy: boolean;
  propagation?: string;
  selinux?: string;
}

const propagations = new Set(["rprivate", "private", "rshared", "shared", "rslave", "slave"]);

/**
 * `[source:]target[:options]` (compose specification, "Short syntax" of volumes). A letter before the first colon is a
 * Windows drive; colons inside `${…}` separate nothing; unknown options are ignored, as compose does.
 */
export function parseVolume(text: string, path: readonly (string | number)[]): ShortVolume {
  const volume: ShortVolume = { isReadOnly: false, isNoCopy: false };
  const size = Buffer.byteLength(text);
  if (size === 0) throw fault(path, text, "is empty");
  if (size <= 2) return { ...volume, target: text };
  let section = "";
  let braces = 0;
  // A NUL ends a section as the end does: that is how compose's parser marks the end.
  const characters = [...text, "\0"];
  characters.forEach((character, index) => {
    if (character === "$" && characters[index + 1] === "{") braces++;
    else if (character === "}" && braces > 0) braces--;
    const isDrive = character === ":" && /^\p{L}$/u.test(section);
    if ((character === ":" || character === "\0") && braces === 0 && !isDrive) {
      takeSection(volume, section, character === "\0", text, path);
      section = "";
      return;
    }
    section += character;
  });
  return volume;
}

/** The long form of a short volume. */
export function longVolume(text: string, path: readonly (string | number)[]): Mapping {
  const short = parseVolume(text, path);
  const isPath = isFilePath(short.source ?? "");
  const made = mapping([["type", isPath ? "bind" : "volume"]]);
  if (short.source !== undefined && short.source !== "") made["source"] = short.source;
  if (short.target !== undefined && short.target !== "") made["target"] = cleanTarget(short.target);
  if (short.isReadOnly) made["read_only"] = true;
  if (isPath || short.propagation !== undefined || short.selinux !== undefined) {
    const bind: [string, Value][] = [];
    if (short.selinux !== undefined) bind.push(["selinux", short.selinux]);
    if (short.propagation !== undefined) bind.push(["propagation", short.propagation]);
    if (isPath) bind.push(["create_host_path", true]);
    made["bind"] = mapping(bind);
  }
  const isTiny = Buffer.byteLength(text) <= 2;
  if (short.isNoCopy) made["volume"] = mapping([["nocopy", true]]);
  else if (!isPath && !isTiny) made["volume"] = mapping();
  return made;
}

/** Go's path.Clean of a path in the container. */
export function cleanTarget(path: string): string {
  if (path === "") return ".";
  const isRooted = path.startsWith("/");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".." || !isRooted) parts.push(part);
  }
  return isRooted ? `/${parts.join("/")}` : parts.length === 0 ? "." : parts.join("/");
}

function takeSection(
  volume: ShortVolume,
  section: string,
  isLast: boolean,
  text: string,
  path: readonly (string | number)[],
): void {
  if (section === "") throw fault(path, text, "has an empty section between colons");
  const hasSource = volume.source !== undefined && volume.source !== "";
  if (!hasSource && isLast) volume.target = section;
  else if (!hasSource) volume.source = section;
  else if (volume.target === undefined || volume.target === "") volume.target = section;
  else if (!isLast) throw fault(path, text, "has too many colons");
  else for (const option of section.split(",")) takeOption(volume, option);
}

function takeOption(volume: ShortVolume, option: string): void {
  if (option === "ro") volume.isReadOnly = true;
  else if (option === "rw") volume.isReadOnly = false;
  else if (option === "nocopy") volume.isNoCopy = true;
  else if (propagations.has(option)) volume.propagation = option;
  else if (option === "z" || option === "Z") volume.selinux = option;
}

/** Whether a source is a path on the host rather than the name of a volume. */
function isFilePath(source: string): boolean {
  if (/^[./~]/.test(source) || source.startsWith("\\\\")) return true;
  return /^\p{L}:/u.test(source);
}

function fault(path: readonly (string | number)[], text: string, problem: string): LoadFault {
  return new LoadFault(path, problem, text, "Write it as source:target or source:target:ro.");
}
