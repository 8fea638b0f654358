import { join } from "node:path";
import type { Properties } from "../../../provider/value";

/** The base of every spelling; it ends at once when it is killed, and nothing waits for it. */
export const base: Properties = {
  image: "slipway-test/busybox:1",
  command: ["sleep", "1000"],
  mustRun: false,
  destroyGraceSeconds: 0,
};

/** One way to write an input, and what the Engine has to say of it afterwards. */
export interface Spelling {
  /** The input with what it needs beside it. */
  readonly inputs: Properties;
  /** A part of `docker inspect`, or of the create body where the daemon here can't do it. */
  readonly seen: Readonly<Record<string, unknown>>;
  /** Where the spelling is taken from. */
  readonly source: string;
}

/** An input of docker.Container and its spellings. */
export interface Spelled {
  readonly input: string;
  /** True where all spellings mean the same: going from one to another is no change. */
  readonly same?: true;
  /** Why it is made and not started, or only sent, here. */
  readonly only?: "made" | "body";
  readonly why?: string;
  readonly spellings: readonly Spelling[];
}

export const spelling = (inputs: Properties, seen: Readonly<Record<string, unknown>>, source: string): Spelling => ({
  inputs,
  seen,
  source,
});

export const host = (HostConfig: Readonly<Record<string, unknown>>) => ({ HostConfig });
export const config = (Config: Readonly<Record<string, unknown>>) => ({ Config });
export const mebibyte = 2 ** 20;
export const profile = join(__dirname, "../../fixtures/seccomp.json");
export const docs = (input: string) => `@pulumi/docker, ContainerArgs.${input}`;
export const run = (option: string) => `docker run ${option}`;
export const compose = (key: string) => `Compose specification, ${key}`;
export const contract = "reconciliation.md, C4";
