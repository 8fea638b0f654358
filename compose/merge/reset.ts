import { isMapping, type Mapping } from "../tree";

/** Takes away what `!reset` and `!override` of a file name, before the file is put over it. Changes the document. */
export function applyResets(document: Mapping, resets: readonly (readonly string[])[]): void {
  for (const path of resets) remove(document, path);
}

function remove(document: Mapping, path: readonly string[]): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    delete document[key];
    return;
  }
  const inside = document[key];
  if (isMapping(inside)) remove(inside, rest);
}
