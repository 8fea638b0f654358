import { readFile } from "node:fs/promises";
import { status } from "@grpc/grpc-js";
import { messageOf } from "../../values/fault";
import { bytesField, message, stringField } from "../protobuf";
import type { SessionService } from "./service";

/** Where a secret of a build comes from. */
export type SecretSource =
  | { readonly file: string }
  | { readonly environment: string }
  /** The secret itself. */
  | { readonly value: string };

/** Serves `RUN --mount=type=secret,id=…`: each secret is read when a step asks for it (buildkit, session/secrets/secrets.proto). */
export function secretsService(secrets: ReadonlyMap<string, SecretSource>): SessionService {
  return {
    name: "moby.buildkit.secrets.v1.Secrets",
    unary: {
      GetSecret: (call, callback) => {
        const id = stringField(call.request, 1);
        const source = secrets.get(id);
        if (source === undefined) {
          callback({ code: status.NOT_FOUND, details: `the build was given no secret "${id}"` });
          return;
        }
        secretOf(source).then(
          (data) => callback(null, message({ 1: data })),
          (error: unknown) => callback({ code: status.INTERNAL, details: `secret "${id}": ${messageOf(error)}` }),
        );
      },
    },
  };
}

/** The bytes of a secret. */
export async function secretOf(source: SecretSource): Promise<Uint8Array> {
  if ("value" in source) return Buffer.from(source.value);
  if ("file" in source) return await readFile(source.file);
  const value = process.env[source.environment];
  if (value === undefined) throw new Error(`the environment variable ${source.environment} is not set`);
  return Buffer.from(value);
}

/** The data of an answer, for tests. */
export function secretIn(answer: Uint8Array): Buffer {
  return Buffer.from(bytesField(answer, 1));
}
