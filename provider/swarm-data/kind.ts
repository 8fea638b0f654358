import type { Vault } from "../../daemon/swarm-data";
import type { Kind } from "../claims";

/** The two kinds of data that a swarm keeps for the tasks of services. */
export interface DataKind {
  readonly vault: Vault;
  readonly claim: Kind;
  /** As a user says it: `Secret`. */
  readonly word: string;
  /** The type token for `pulumi import`. */
  readonly token: string;
  /** The most it may hold, in bytes (swarmkit, `MaxSecretSize` and `MaxConfigSize`). */
  readonly limit: number;
}

export const secretKind: DataKind = {
  vault: "secrets",
  claim: "secret",
  word: "Secret",
  token: "docker:index/secret:Secret",
  limit: 500 * 1024 - 1,
};

export const configKind: DataKind = {
  vault: "configs",
  claim: "config",
  word: "ServiceConfig",
  token: "docker:index/serviceConfig:ServiceConfig",
  limit: 1000 * 1024 - 1,
};
