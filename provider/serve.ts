import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";

/** A service that answers. */
export interface Served {
  /** The port of the loopback interface that it listens on. */
  readonly port: number;
  /** Ends it, whatever it is doing. */
  stop(): void;
}

/** Serves on a free port of the loopback interface. */
export function serve(implementation: grpc.UntypedServiceImplementation): Promise<Served> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(ResourceProviderService, implementation);
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve({ port, stop: () => server.forceShutdown() });
      else reject(error);
    });
  });
}
