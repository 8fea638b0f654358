import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { credentials, type ServiceError, status } from "@grpc/grpc-js";
import { LanguageRuntimeClient } from "@pulumi/pulumi/proto/language_grpc_pb";
import { AboutRequest, GenerateProgramRequest, ProgramInfo, RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { version } from "@pulumi/pulumi/version";
import { expect } from "chai";
import { buildSync } from "esbuild";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { targetVariable } from "../../../../toolchain/language-host/variables";

type Callback<T> = (error: ServiceError | null, value: T) => void;

function call<T>(start: (callback: Callback<T>) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error === null ? resolve(value) : reject(error)));
  });
}

function runRequest(folder: string, options: Record<string, string | boolean>): RunRequest {
  const info = new ProgramInfo();
  info.setProgramDirectory(folder);
  info.setRootDirectory(folder);
  info.setEntryPoint(".");
  info.setOptions(Struct.fromJavaScript(options));
  const request = new RunRequest();
  request.setPwd(folder);
  request.setInfo(info);
  return request;
}

describe("language host", () => {
  let folder = "";
  let host: ChildProcess;
  let client: LanguageRuntimeClient;

  before(async function () {
    this.timeout(20_000);
    folder = mkdtempSync(join(tmpdir(), "slipway-language-host-"));
    const bundle = join(folder, "main.js");
    buildSync({
      entryPoints: [join(__dirname, "../../../../toolchain/language-host/main.ts")],
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node22",
      outfile: bundle,
    });
    host = spawn(process.execPath, [bundle, "127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
    if (host.stdout === null) throw new Error("the host has no stdout");
    const [line]: unknown[] = await once(host.stdout, "data");
    expect(String(line)).to.match(/^\d+\n$/);
    client = new LanguageRuntimeClient(`127.0.0.1:${String(line).trim()}`, credentials.createInsecure());
  });

  after(() => {
    client.close();
    host.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it("has the version of the SDK", async () => {
    const info = await call<{ getVersion(): string }>((done) => client.getPluginInfo(new Empty(), done));
    expect(info.getVersion()).to.equal(version);
  });

  it("tells which Node programs run on", async () => {
    const about = await call<{ getVersion(): string; getExecutable(): string }>((done) =>
      client.about(new AboutRequest(), done),
    );
    expect(about.getVersion()).to.match(/^v\d+\.\d+\.\d+$/);
    expect(about.getExecutable()).to.match(/node/);
  });

  it("says so when the SDK is not installed", async () => {
    const response = await call<{ getError(): string }>((done) => client.run(runRequest(folder, {}), done));
    expect(response.getError()).to.contain("the Pulumi SDK has not been installed");
  });

  it("refuses an unknown package manager", async () => {
    const request = runRequest(folder, { packagemanager: "cargo" });
    const response = await call<{ getError(): string }>((done) => client.run(request, done));
    expect(response.getError()).to.equal(
      'packagemanager option must be one of auto, npm, yarn, pnpm or bun, got "cargo"',
    );
  });

  it("starts a program as if Node had been started on it", () => {
    const runner = join(folder, "runner.js");
    buildSync({
      entryPoints: [join(__dirname, "../../../../toolchain/language-host/runner.ts")],
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node22",
      outfile: runner,
    });
    const program = join(folder, "program.js");
    writeFileSync(
      program,
      `console.log(JSON.stringify([require.main === module, process.argv.slice(1), '${targetVariable}' in process.env]))`,
    );
    const env = { ...process.env, [targetVariable]: program };
    const printed = execFileSync(process.execPath, [runner, "--flag", "x"], { encoding: "utf8", env });
    expect(JSON.parse(printed)).to.deep.equal([true, [program, "--flag", "x"], false]);
  });

  it("names the way round what it cannot do", async () => {
    const error = await call((done) => client.generateProgram(new GenerateProgramRequest(), done)).catch(
      (reason: unknown) => reason,
    );
    expect(error).to.include({ code: status.UNIMPLEMENTED });
    expect(error).to.have.property("details").that.contains("--generate-code=false");
  });
});
