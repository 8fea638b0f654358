import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder } from "../../values/cache-folder";

/** The packages that a project serves from folders of its own (`plugins.providers` with a `path`): none needs a download. */
export async function servedByProject(folder: string): Promise<ReadonlySet<string>> {
  for (const name of ["Pulumi.yaml", "Pulumi.yml"]) {
    const text = textOf(join(folder, name));
    if (text === undefined) continue;
    // Loading the reader of YAML takes longer than all else that is done here.
    const kept = keptPath(text);
    const served = words(textOf(kept)) ?? (text.includes("providers") ? await read(text) : []);
    keep(kept, served);
    return new Set(served);
  }
  return new Set();
}

async function read(text: string): Promise<readonly string[]> {
  const { isMap, isSeq, parseDocument } = await import("yaml");
  const document = parseDocument(text);
  const providers = document.errors.length === 0 ? document.getIn(["plugins", "providers"]) : undefined;
  if (!isSeq(providers)) return [];
  return providers.items.flatMap((item) => (isMap(item) && item.has("path") ? [String(item.get("name"))] : []));
}

/** What a text says does not change, so the text itself is the key. */
function keptPath(text: string): string {
  return join(cacheFolder(), "projects", `${createHash("sha256").update(text).digest("hex").slice(0, 32)}.json`);
}

function keep(path: string, served: readonly string[]): void {
  if (textOf(path) !== undefined) return;
  const partial = `${path}.${process.pid}.partial`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(partial, JSON.stringify(served), { mode: 0o600 });
    renameSync(partial, path);
  } catch {
    // The next run reads the project again.
  }
}

function words(text: string | undefined): readonly string[] | undefined {
  try {
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
