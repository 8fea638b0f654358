import { createServer } from "node:net";
import { credentials } from "@grpc/grpc-js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** The port that debuggers of Node look at first. */
const preferredPort = 9229;

/** Where a process started for a debugger will listen. */
export interface DebuggerPort {
  readonly port: number;
  /** Node's arguments for it: the program waits for a debugger before its first line, and says nothing about it. */
  readonly nodeArgs: readonly string[];
}

/** A process that waits for a debugger. */
export interface Debuggee {
  readonly pid: number;
  readonly port: number;
  /** How the debugger shows it. */
  readonly name: string;
}

/** The first free port from Node's usual one upwards. */
export async function debuggerPort(): Promise<DebuggerPort> {
  for (let port = preferredPort; port < preferredPort + 200; port++) {
    if (await isFree(port)) return { port, nodeArgs: [`--inspect-brk=${port}`, "--inspect-publish-uid=http"] };
  }
  throw new Error(`could not find a free port for the debugger from ${preferredPort} upwards`);
}

/** Tells the engine, and through it the user or the editor, that a process waits. The names are the Debug Adapter Protocol's. */
export async function announceDebugger(engine: string, debuggee: Debuggee): Promise<void> {
  // Few runs have a debugger, and the stubs of the engine's service take their time to load.
  const {
    EngineClient,
  }: typeof import("@pulumi/pulumi/proto/engine_grpc_pb") = require("@pulumi/pulumi/proto/engine_grpc_pb");
  const {
    StartDebuggingRequest,
  }: typeof import("@pulumi/pulumi/proto/engine_pb") = require("@pulumi/pulumi/proto/engine_pb");
  const usual = debuggee.port === preferredPort;
  const request = new StartDebuggingRequest();
  request.setConfig(
    Struct.fromJavaScript({
      name: debuggee.name,
      type: "node",
      request: "attach",
      processId: debuggee.pid,
      continueOnAttach: true,
      skipFiles: ["<node_internals>/**"],
      ...(usual ? {} : { port: debuggee.port }),
    }),
  );
  request.setMessage(`on process id ${debuggee.pid}${usual ? "" : ` and port ${debuggee.port}`}`);
  const client = new EngineClient(engine, credentials.createInsecure());
  try {
    await new Promise<void>((resolve, reject) => {
      client.startDebugging(request, (error) => (error === null ? resolve() : reject(error)));
    });
  } catch (error) {
    throw new Error(`unable to start debugging: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    client.close();
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
