import { connect } from "node:net";
import { status } from "@grpc/grpc-js";
import { messageOf } from "../../values/fault";
import { bytesField, message, stringField } from "../protobuf";
import type { SessionService } from "./service";

/** Serves `RUN --mount=type=ssh`: the socket of an agent, by id (buildkit, session/sshforward/ssh.proto). Keys never leave the agent. */
export function sshService(agents: ReadonlyMap<string, string>): SessionService {
  const unknown = (id: string) => ({ code: status.NOT_FOUND, details: `the build was given no ssh agent "${id}"` });
  return {
    name: "moby.sshforward.v1.SSH",
    unary: {
      CheckAgent: (call, callback) => {
        const id = stringField(call.request, 1) || "default";
        if (agents.has(id)) callback(null, message({}));
        else callback(unknown(id));
      },
    },
    streams: {
      ForwardAgent: (call) => {
        const id = String(call.metadata.get("buildkit.ssh.id")[0] ?? "default");
        const path = agents.get(id);
        if (path === undefined) {
          call.emit("error", unknown(id));
          return;
        }
        const socket = connect(path);
        socket.on("data", (data) => {
          if (!call.write(message({ 1: data }))) {
            socket.pause();
            call.once("drain", () => socket.resume());
          }
        });
        socket.on("end", () => call.end());
        socket.on("error", (error) => {
          call.emit("error", { code: status.UNAVAILABLE, details: `ssh agent "${id}": ${messageOf(error)}` });
        });
        call.on("data", (request: Uint8Array) => {
          socket.write(bytesField(request, 1));
        });
        call.on("end", () => socket.end());
        call.on("cancelled", () => socket.destroy());
        call.on("error", () => socket.destroy());
      },
    },
  };
}
