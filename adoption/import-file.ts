import type { Kind } from "./selection";

/** The file that `pulumi import --file` reads (Pulumi CLI, `pulumi import --help`). */
export interface ImportFile {
  readonly nameTable?: Readonly<Record<string, string>>;
  readonly resources: readonly ImportEntry[];
}

/** One resource to import. */
export interface ImportEntry {
  /** Pulumi type token. */
  readonly type: string;
  /** Its name in this file, unique there. */
  readonly name: string;
  /** Its name in the program, where that differs. */
  readonly logicalName?: string;
  /** The object's id on the daemon; components have none. */
  readonly id?: string;
  /** `name` of its parent in this file or in the name table. */
  readonly parent?: string;
  readonly component?: boolean;
  readonly [field: string]: unknown;
}

/** The type tokens of what can be taken over. */
export const tokens: Readonly<Record<Kind, string>> = {
  network: "docker:index/network:Network",
  volume: "docker:index/volume:Volume",
  container: "docker:index/container:Container",
};
