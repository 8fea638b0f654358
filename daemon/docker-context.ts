import { createHash } from "node:crypto";
import { join } from "node:path";
import { SlipwayError } from "../values/fault";
import { optionalFile } from "./optional-file";
import { filesOf, type Tls } from "./tls";

/** A docker context's address and certificates (docker/cli, cli/context/store: folders are named by the sha256 of the name). */
export async function contextOf(folder: string, name: string, source: string): Promise<{ host: string; tls?: Tls }> {
  const id = createHash("sha256").update(name).digest("hex");
  const file = join(folder, "contexts", "meta", id, "meta.json");
  const text = await optionalFile(file);
  const endpoint = text === undefined ? undefined : field(field(json(text, file), "Endpoints"), "docker");
  const host = field(endpoint, "Host");
  if (typeof host !== "string" || host === "") {
    throw new SlipwayError({
      subject: `Docker context from ${source}`,
      value: name,
      problem: `is not in ${folder}`,
      advice: "Name one that `docker context ls` lists.",
    });
  }
  const verify = field(endpoint, "SkipTLSVerify") !== true;
  const tls = await filesOf(join(folder, "contexts", "tls", id, "docker"), verify);
  return tls.ca === undefined && tls.cert === undefined ? { host } : { host, tls };
}

/** The name that `docker context use` has set. */
export async function currentContext(folder: string): Promise<string | undefined> {
  const file = join(folder, "config.json");
  const text = await optionalFile(file);
  if (text === undefined || text.trim() === "") return undefined;
  const name = field(json(text, file), "currentContext");
  return typeof name === "string" && name !== "" ? name : undefined;
}

function json(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const advice = "Repair it, or move it away: Docker makes a new one.";
    throw new SlipwayError({ subject: file, problem: "is no JSON", advice }, { cause: error });
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
