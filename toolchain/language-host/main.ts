import { writeSync } from "node:fs";
import Module from "node:module";
import { join } from "node:path";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { ProgramRunner } from "./program";
import { languageService } from "./service";

/** How often the host looks whether the engine that started it is still there. */
const parentCheckMs = 2000;

/**
 * The language host for Node programs, started by the engine with its own address as the last argument. It prints the port
 * it serves on as the first line and stays until it is ended, or until the engine is gone.
 */
function main(args: readonly string[]): void {
  const engine = args.filter((argument) => !argument.startsWith("-")).at(-1) ?? "";
  const runner = new ProgramRunner(join(__dirname, "runner.js"));
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(LanguageRuntimeService, languageService(runner, engine));
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) {
      process.stderr.write(`could not start language host RPC server: ${error.message}\n`);
      process.exit(1);
    }
    writeSync(1, `${port}\n`);
    if ("flushCompileCache" in Module) Module.flushCompileCache();
  });
  leaveWithParent(runner);
}

/** Ends this host, and what it runs, when the process that started it has gone without ending it. */
function leaveWithParent(runner: ProgramRunner): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid === parent) return;
    runner.stop();
    process.exit(0);
  }, parentCheckMs).unref();
}

main(process.argv.slice(2));
