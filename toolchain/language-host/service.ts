import { execFile } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { type handleUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb";
import {
  AboutResponse,
  DependencyInfo,
  GetProgramDependenciesResponse,
  GetRequiredPackagesResponse,
  GetRequiredPluginsResponse,
  InstallDependenciesResponse,
  LanguageHandshakeResponse,
  type ProgramInfo,
  RuntimeOptionPrompt,
  RuntimeOptionsResponse,
} from "@pulumi/pulumi/proto/language_pb";
import { type PackageDependency, PluginDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { version } from "@pulumi/pulumi/version";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { findNode, workspaceRoot } from "./find";
import { install, installedDependencies } from "./install";
import { readOptions } from "./options";
import { describeIncompatible, findPackages, servedByProject } from "./packages";
import { runPlugin } from "./plugin";
import type { ProgramRunner } from "./program";

/** The calls this host answers; all others are reported as unimplemented. */
export type LanguageService = Pick<
  ILanguageRuntimeServer,
  | "handshake"
  | "getPluginInfo"
  | "about"
  | "getRequiredPackages"
  | "getRequiredPlugins"
  | "run"
  | "cancel"
  | "installDependencies"
  | "getProgramDependencies"
  | "runtimeOptionsPrompts"
  | "runPlugin"
  | "generateProgram"
>;

/** Makes the language service for programs on Node. The engine's address may still change with a handshake. */
export function languageService(runner: ProgramRunner, engineAddress: string): LanguageService {
  let engine = engineAddress;
  return {
    handshake: unary(async (request) => {
      engine = request.getEngineAddress() || engine;
      return new LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(async () => {
      const info = new PluginInfo();
      info.setVersion(version);
      return info;
    }),
    about: unary(async () => {
      const node = findNode();
      const { stdout } = await promisify(execFile)(node, ["--version"]);
      const response = new AboutResponse();
      response.setExecutable(node);
      response.setVersion(stdout.trim());
      return response;
    }),
    getRequiredPackages: unary(async (request) => {
      const response = new GetRequiredPackagesResponse();
      response.setPackagesList(await requiredPackages(programFolder(request.getInfo(), ""), request.getInfo()));
      return response;
    }),
    getRequiredPlugins: unary(async (request) => {
      const packages = await requiredPackages(programFolder(request.getInfo(), request.getPwd()), request.getInfo());
      const response = new GetRequiredPluginsResponse();
      for (const found of packages) {
        const plugin = new PluginDependency();
        plugin.setName(found.getName());
        plugin.setKind(found.getKind());
        plugin.setVersion(found.getVersion());
        plugin.setServer(found.getServer());
        response.addPlugins(plugin);
      }
      return response;
    }),
    run: unary((request) => runner.run(request, engine)),
    cancel: unary(async () => {
      runner.cancel();
      return new Empty();
    }),
    installDependencies: (call) => {
      const say = (text: string | Buffer) => {
        const response = new InstallDependenciesResponse();
        response.setStdout(Buffer.from(text));
        call.write(response);
      };
      const complain = (chunk: Buffer) => {
        const response = new InstallDependenciesResponse();
        response.setStderr(chunk);
        call.write(response);
      };
      const work = async () => {
        const folder = programFolder(call.request.getInfo(), call.request.getDirectory());
        const manager = readOptions(call.request.getInfo()).packageManager;
        say("Installing dependencies...\n\n");
        await install({ folder, manager, production: call.request.getIsPlugin() }, { stdout: say, stderr: complain });
        say("Finished installing dependencies\n\n");
      };
      work().then(
        () => call.end(),
        (error: unknown) => call.emit("error", fault(error)),
      );
    },
    getProgramDependencies: unary(async (request) => {
      const folder = programFolder(request.getInfo(), request.getPwd());
      const response = new GetProgramDependenciesResponse();
      for (const { name, version: installed } of installedDependencies(folder, request.getTransitivedependencies())) {
        const dependency = new DependencyInfo();
        dependency.setName(name);
        dependency.setVersion(installed);
        response.addDependencies(dependency);
      }
      return response;
    }),
    runtimeOptionsPrompts: unary(async (request) => {
      const response = new RuntimeOptionsResponse();
      if (request.getInfo()?.getOptions()?.toJavaScript()["packagemanager"] === undefined) {
        response.addPrompts(packageManagerPrompt());
      }
      return response;
    }),
    runPlugin: (call) => {
      const stop = new AbortController();
      call.on("cancelled", () => stop.abort());
      runPlugin(call.request, (response) => call.write(response), stop.signal).then(
        () => call.end(),
        (error: unknown) => call.emit("error", fault(error)),
      );
    },
    generateProgram: (_call, callback) =>
      callback({
        code: status.UNIMPLEMENTED,
        details: "this language host does not generate programs; pass --generate-code=false",
      }),
  };
}

/** A call handler out of a function that answers or throws. */
function unary<Request, Response>(answer: (request: Request) => Promise<Response>): handleUnaryCall<Request, Response> {
  return (call, callback: sendUnaryData<Response>) => {
    answer(call.request).then(
      (response) => callback(null, response),
      (error: unknown) => callback(fault(error)),
    );
  };
}

function fault(error: unknown): { code: status; details: string } {
  return { code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}

/** The packages below a program's folder and, in a workspace, those hoisted to its root, that the project does not serve itself. */
async function requiredPackages(folder: string, info: ProgramInfo | undefined): Promise<PackageDependency[]> {
  const root = workspaceRoot(folder);
  const folders = root === folder ? [folder] : [folder, join(root, "node_modules")];
  const found = await Promise.all(folders.map(findPackages));
  const complaint = describeIncompatible(found.flatMap(({ sdks }) => sdks));
  if (complaint !== undefined) process.stderr.write(complaint);
  const served = await servedByProject(info?.getRootDirectory() || folder);
  const all = found.flatMap(({ packages }) => packages).filter((one) => !served.has(one.getName()));
  return [...new Map(all.map((one) => [Buffer.from(one.serializeBinary()).toString("latin1"), one])).values()];
}

/** The folder of a program: what the engine says, else another folder it named, else where this host runs. */
function programFolder(info: ProgramInfo | undefined, other: string): string {
  const folder = resolve(info?.getProgramDirectory() || other || ".");
  return /\.[cm]?[jt]s$/.test(folder) ? dirname(folder) : folder;
}

function packageManagerPrompt(): RuntimeOptionPrompt {
  const { RuntimeOptionType, RuntimeOptionValue } = RuntimeOptionPrompt;
  const choices = ["npm", "pnpm", "yarn", "bun"].map((name) => {
    const choice = new RuntimeOptionValue();
    choice.setPrompttype(RuntimeOptionType.STRING);
    choice.setStringvalue(name);
    choice.setDisplayname(name);
    return choice;
  });
  const prompt = new RuntimeOptionPrompt();
  prompt.setKey("packagemanager");
  prompt.setDescription("The package manager to use for installing dependencies");
  prompt.setPrompttype(RuntimeOptionType.STRING);
  prompt.setChoicesList(choices);
  prompt.setDefault(choices[0]);
  return prompt;
}
