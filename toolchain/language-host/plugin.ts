import { spawn } from "node:child_process";
import { type RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb";
import { findNode, locateModule } from "./find";
import { readOptions } from "./options";

/**
 * Runs a plugin written for Node (a provider folder with a PulumiPlugin.yaml) to its end, handing its output on as it comes
 * and its exit code last. The signal ends it.
 */
export async function runPlugin(
  request: RunPluginRequest,
  send: (response: RunPluginResponse) => void,
  signal: AbortSignal,
): Promise<void> {
  const folder = request.getInfo()?.getProgramDirectory() || request.getProgram() || request.getPwd();
  const runner = locateModule("@pulumi/pulumi/cmd/run-plugin", folder);
  if (runner === undefined) {
    throw new Error("It looks like the Pulumi SDK has not been installed. Have you run pulumi install?");
  }
  const args = [...readOptions(request.getInfo()).nodeArgs, runner, folder, ...request.getArgsList()];
  const code = await new Promise<number>((resolve, reject) => {
    const child = spawn(findNode(), args, {
      cwd: request.getPwd() || folder,
      env: { ...process.env, ...variables(request.getEnvList()) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const end = () => child.kill();
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
    child.stdout.on("data", (chunk: Buffer) => {
      const response = new RunPluginResponse();
      response.setStdout(chunk);
      send(response);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      const response = new RunPluginResponse();
      response.setStderr(chunk);
      send(response);
    });
    child.once("error", reject);
    child.once("close", (exit) => {
      signal.removeEventListener("abort", end);
      resolve(exit ?? -1);
    });
  });
  const last = new RunPluginResponse();
  last.setExitcode(code);
  send(last);
}

/** `NAME=value` lines as an environment. */
function variables(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf("=");
      return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}
