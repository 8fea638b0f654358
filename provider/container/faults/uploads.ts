import { accessSync, constants, statSync } from "node:fs";
import { hasUnknown, type Properties, textOf } from "../../value";
import { clean } from "../mounts";
import { ownerOf } from "../upload";
import { blocksOf, type FaultFinder, type Refuse } from "./refuse";

/** Files to upload: each says one content, and the files it is taken from are there. Contents are never quoted. */
export const uploadFaults: FaultFinder = (inputs, refuse) => {
  const files = new Map<string, string>();
  for (const { path, block } of blocksOf(inputs, "uploads")) {
    const file = textOf(block["file"]);
    if (block["file"] === undefined || block["file"] === "")
      refuse(`${path}.file`, undefined, "is missing", "Name the file in the container.");
    if (file !== undefined) {
      const place = clean(`/${file}`);
      const earlier = files.get(place);
      if (file.endsWith("/")) refuse(`${path}.file`, file, "is a folder", "Name a file in it.");
      if (earlier !== undefined)
        refuse(`${path}.file`, file, `is uploaded twice, by ${earlier} too`, "Keep one of the two.");
      files.set(place, path);
    }
    contentFaults(block, path, refuse);
    const permissions = textOf(block["permissions"]);
    if (permissions !== undefined && !/^[0-7]{3,5}$/.test(permissions)) {
      refuse(`${path}.permissions`, permissions, "is no mode of a file", "Write it in octal, as `0644`.");
    }
    const { uid, gid } = ownerOf(block);
    for (const [field, id] of [
      ["owner", uid],
      ["group", gid],
    ] as const) {
      const name = textOf(block[field]);
      if (name === undefined || id !== undefined) continue;
      refuse(
        `${path}.${field}`,
        name,
        `is no ${field === "owner" ? "user" : "group"} of this machine`,
        "Give the number it has in the container.",
      );
    }
  }
};

function contentFaults(block: Properties, path: string, refuse: Refuse): void {
  const given = ["content", "contentBase64", "source"].filter(
    (field) => hasUnknown(block[field]) || textOf(block[field]) !== undefined,
  );
  const isSaid = ["content", "contentBase64"].some((field) => typeof block[field] === "string");
  if (given.length > 1) refuse(path, undefined, `gives ${given.join(" and ")}`, "Keep one of them.");
  if (given.length === 0 && !isSaid)
    refuse(path, undefined, "gives no content", "Give `content`, `contentBase64` or `source`.");
  const base64 = textOf(block["contentBase64"]);
  if (base64 !== undefined && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(base64)) {
    refuse(`${path}.contentBase64`, undefined, "is not base64", "Encode it, or give it as `content`.");
  }
  const source = textOf(block["source"]);
  if (source === undefined) return;
  const stat = statSync(source, { throwIfNoEntry: false });
  if (stat === undefined) refuse(`${path}.source`, source, "is not there", "Paths start in the folder of the program.");
  else if (!stat.isFile()) refuse(`${path}.source`, source, "is no file", "Upload one file each, or mount the folder.");
  else {
    try {
      accessSync(source, constants.R_OK);
    } catch {
      refuse(`${path}.source`, source, "can't be read", "Give this user the permission.");
    }
  }
}
