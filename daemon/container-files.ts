import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";
import type { Engine } from "./client";
import { unlessGone } from "./container";

/** A file in a container as the daemon sees it (Engine API, `ContainerArchiveInfo`). */
export interface FileStat {
  /** Bytes. */
  readonly size: number;
  /** Permission bits, setuid, setgid and sticky, as `chmod` takes them. */
  readonly mode: number;
  /** Seconds since 1970; a file that an archive without a time brought has 0. */
  readonly modified: number;
  readonly isFile: boolean;
}

/** A file with its owner and its content. */
export interface FileCopy {
  readonly content: Buffer;
  readonly uid: number;
  readonly gid: number;
}

/** What is at a path of a container, running or not; undefined where nothing is. */
export async function statFile(
  engine: Engine,
  id: string,
  path: string,
  signal?: AbortSignal,
): Promise<FileStat | undefined> {
  const answer = await unlessGone(engine.stream("HEAD", `/containers/${id}/archive`, { query: { path }, signal }));
  if (answer === undefined) return undefined;
  answer.resume();
  const header: unknown = Reflect.get(Object(Reflect.get(answer, "headers")), "x-docker-container-path-stat");
  if (typeof header !== "string") throw new Error(`The daemon did not say what is at ${path} of container ${id}.`);
  const stat: { size: number; mode: number; mtime: string } = JSON.parse(Buffer.from(header, "base64").toString());
  // Go's os.FileMode: type and special bits stand above the permissions, in an order of their own.
  const special =
    ((stat.mode >>> 23) & 1) * 0o4000 + ((stat.mode >>> 22) & 1) * 0o2000 + ((stat.mode >>> 20) & 1) * 0o1000;
  const isFile = (stat.mode & 0x8f28_0000) === 0;
  const modified = Math.floor(Date.parse(stat.mtime) / 1000);
  return { size: stat.size, mode: (stat.mode & 0o777) + special, modified, isFile };
}

/** Reads a file of a container; undefined where there is none. */
export async function readFile(
  engine: Engine,
  id: string,
  path: string,
  signal?: AbortSignal,
): Promise<FileCopy | undefined> {
  const tar = await unlessGone(engine.stream("GET", `/containers/${id}/archive`, { query: { path }, signal }));
  if (tar === undefined) return undefined;
  let found: FileCopy | undefined;
  const unpack = extract();
  unpack.on("entry", (header, stream, next) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk) => chunks.push(Buffer.from(chunk as Uint8Array)));
    stream.on("end", () => {
      if (found === undefined && header.type === "file") {
        found = { content: Buffer.concat(chunks), uid: header.uid ?? 0, gid: header.gid ?? 0 };
      }
      next();
    });
  });
  await pipeline(tar, unpack);
  return found;
}
