import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { type RunRequest, RunResponse } from "@pulumi/pulumi/proto/language_pb";
import { findNode, locateModule } from "./find";
import { readOptions } from "./options";

/** The exit code of a program that has told the user already what is wrong. */
const exitAfterMessage = 32;

/** How long a program's stderr is waited for after its end, when something else still holds the pipe. */
const stderrGraceMs = 1000;

/** How long a program may take to end by itself once it has been asked to. */
const cancelGraceMs = 10_000;

const outOfMemoryHint =
  " Detected a possible out of memory error. Consider increasing the memory available to the nodejs process by" +
  " setting the `nodeargs` runtime option in Pulumi.yaml to `nodeargs: --max-old-space-size=<size>` where `<size>`" +
  " is the maximum memory in megabytes that can be allocated to nodejs. See" +
  " https://www.pulumi.com/docs/concepts/projects/project-file/#runtime-options";

/** How a program ended. */
interface Ending {
  /** Its exit code; -1 when a signal ended it. */
  readonly code: number;
  /** Whether its stderr looked like a heap that ran full. */
  readonly outOfMemory: boolean;
}

/** Runs programs, each in a Node process of its own, and can ask them to stop. */
export class ProgramRunner {
  private readonly children = new Set<ChildProcess>();

  /** With the file that runner.ts is built to; where there is none, programs start on the SDK's own runner. */
  constructor(private readonly entry: string) {}

  /** Runs one program to its end. What went wrong is in the answer, in the words the user sees. */
  async run(request: RunRequest, engine: string): Promise<RunResponse> {
    const response = new RunResponse();
    try {
      const ending = await this.spawn(request, engine);
      if (ending.code === exitAfterMessage) response.setBail(true);
      else if (ending.code !== 0) response.setError(describe(ending));
    } catch (error) {
      response.setError(error instanceof Error ? error.message : String(error));
    }
    return response;
  }

  /** Interrupts what runs, as Ctrl-C would; what does not end by itself is killed after a while. */
  cancel(): void {
    for (const child of this.children) {
      child.kill("SIGINT");
      setTimeout(() => child.kill("SIGKILL"), cancelGraceMs).unref();
    }
  }

  /** Ends what runs, for when this host itself has to go. */
  stop(): void {
    for (const child of this.children) child.kill("SIGTERM");
  }

  private async spawn(request: RunRequest, engine: string): Promise<Ending> {
    const options = readOptions(request.getInfo());
    const folder = request.getInfo()?.getProgramDirectory() || request.getPwd();
    const runner = locateModule(process.env["PULUMI_LANGUAGE_NODEJS_RUN_PATH"] || "@pulumi/pulumi/cmd/run", folder);
    if (runner === undefined) {
      throw new Error("It looks like the Pulumi SDK has not been installed. Have you run pulumi install?\n");
    }
    const entry = existsSync(this.entry) ? [this.entry, runner] : [runner];
    const child = spawn(findNode(), [...options.nodeArgs, ...entry, ...programArguments(request, engine)], {
      cwd: request.getPwd() || folder,
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(programConfig(request)),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
        ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
        ...(options.tsconfig ? { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig } : {}),
      },
      stdio: ["ignore", "inherit", "pipe"],
    });
    this.children.add(child);
    try {
      return await ended(child);
    } finally {
      this.children.delete(child);
    }
  }
}

/** The configuration as the SDK reads it: `namespace:config:name`, where the engine says `namespace:name`. */
function programConfig(request: RunRequest): Record<string, string> {
  const entries = request.getConfigMap().getEntryList();
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const colon = key.indexOf(":");
      return [`${key.slice(0, colon)}:config:${key.slice(colon + 1)}`, value];
    }),
  );
}

/** The command line of the SDK's runner. */
function programArguments(request: RunRequest, engine: string): string[] {
  const flags: readonly (readonly [string, string])[] = [
    ["monitor", request.getMonitorAddress()],
    ["engine", engine],
    ["organization", request.getOrganization()],
    ["project", request.getProject()],
    ["root-directory", request.getInfo()?.getRootDirectory() ?? ""],
    ["stack", request.getStack()],
    ["pwd", request.getPwd()],
    ["parallel", String(request.getParallel())],
  ];
  return [
    ...flags.flatMap(([name, value]) => (value === "" ? [] : [`--${name}`, value])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    request.getInfo()?.getEntryPoint() || request.getProgram() || ".",
    ...request.getArgsList(),
  ];
}

/** Waits for a program's end, handing its stderr on as it comes. */
function ended(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    let outOfMemory = false;
    let tail = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      process.stderr.write(chunk);
      if (outOfMemory) return;
      const text = tail + chunk.toString("latin1");
      outOfMemory = /<--- Last few GCs --->|JavaScript heap out of memory/.test(text);
      tail = text.slice(-64);
    });
    child.once("error", (error) =>
      reject(new Error(`Problem executing program (could not run language executor): ${error.message}`)),
    );
    child.once("exit", (code) => {
      const finish = () => resolve({ code: code ?? -1, outOfMemory });
      const patience = setTimeout(finish, stderrGraceMs);
      child.once("close", () => {
        clearTimeout(patience);
        finish();
      });
    });
  });
}

function describe(ending: Ending): string {
  const text = `Program exited with non-zero exit code: ${ending.code}`;
  return ending.outOfMemory ? `${text}.${outOfMemoryHint}` : text;
}
