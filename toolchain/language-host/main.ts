import { writeSync } from "node:fs";
import Module from "node:module";
import { join } from "node:path";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { version } from "@pulumi/pulumi/version";
import { whenParentIsGone } from "../../values/parent";
import { Children } from "./children";
import { ProgramRunner } from "./program";
import { languageService } from "./service";
import { compileCacheVariable, nodeOptionsVariable } from "./variables";

/**
 * The language host for Node programs, started by the engine with its own address as the last argument. It prints the port
 * it serves on as the first line and stays until it is ended, or until the engine is gone.
 */
function main(args: readonly string[]): void {
  if (args.some((argument) => /^--?version$/.test(argument))) {
    process.stdout.write(`${version}\n`);
    return;
  }
  restoreEnvironment();
  const engine = args.filter((argument) => !argument.startsWith("-")).at(-1) ?? "";
  const children = new Children();
  const runner = new ProgramRunner(children, join(__dirname, "runner.js"));
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(LanguageRuntimeService, languageService({ runner, children, engine }));
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) {
      process.stderr.write(`could not start language host RPC server: ${error.message}\n`);
      process.exit(1);
    }
    writeSync(1, `${port}\n`);
    if ("flushCompileCache" in Module) Module.flushCompileCache();
  });
  whenParentIsGone(() => void children.endAll().then(leave));
}

/** What the executable has put aside for programs, and what it has set for this host alone. */
function restoreEnvironment(): void {
  const options = process.env[nodeOptionsVariable];
  if (options !== undefined) process.env["NODE_OPTIONS"] = options;
  if (process.env[compileCacheVariable] !== undefined) delete process.env["NODE_COMPILE_CACHE"];
  for (const name of [nodeOptionsVariable, compileCacheVariable]) delete process.env[name];
}

/** With all that programs have started: the engine starts a host as the first of a process group, and ends it the same way. */
function leave(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.exit(0);
  }
}

main(process.argv.slice(2));
