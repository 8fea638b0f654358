import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

/** A line that a provider has told the engine; a status goes away with the next one. */
export interface Log {
  readonly severity: "debug" | "info" | "warning" | "error";
  readonly text: string;
  readonly isStatus: boolean;
}

/** As much of Pulumi's engine as a provider calls by itself: it listens to log lines. */
export interface ListeningEngine {
  readonly address: string;
  /** What it has been told so far. */
  readonly logs: Log[];
  stop(): void;
}

export async function startEngine(): Promise<ListeningEngine> {
  const logs: Log[] = [];
  const server = new grpc.Server();
  const severities = ["debug", "info", "warning", "error"] as const;
  const log: grpc.handleUnaryCall<LogRequest, Empty> = ({ request }, callback) => {
    const severity = severities[request.getSeverity()] ?? "debug";
    logs.push({ severity, text: request.getMessage(), isStatus: request.getEphemeral() });
    callback(null, new Empty());
  };
  server.addService(EngineService, { log });
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve({ address: `127.0.0.1:${port}`, logs, stop: () => server.forceShutdown() });
      else reject(error);
    });
  });
}
