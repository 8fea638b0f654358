import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** How a line is shown: a status goes away with the next one, an error makes the run fail. */
export type LineKind = "info" | "warning" | "status" | "error";

/** The engine's log: what is written there shows beside the resource that it is about. */
export class EngineLog {
  private client: EngineClient | undefined;

  /** Without an address nothing is written, as when the provider was started by hand. */
  constructor(address: string | undefined) {
    if (address !== undefined) this.attach(address);
  }

  /** Turns to another engine (ResourceProvider.Attach: a provider that was started by hand, for a debugger). */
  attach(address: string): void {
    this.client?.close();
    this.client = new EngineClient(address, credentials.createInsecure());
  }

  write(urn: string, message: string, kind: LineKind): void {
    const severities = {
      info: LogSeverity.INFO,
      status: LogSeverity.INFO,
      warning: LogSeverity.WARNING,
      error: LogSeverity.ERROR,
    };
    const request = new LogRequest()
      .setUrn(urn)
      .setMessage(message)
      .setSeverity(severities[kind])
      .setEphemeral(kind === "status");
    this.client?.log(request, () => undefined);
  }
}
