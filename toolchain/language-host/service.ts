import { execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb";
import {
  AboutResponse,
  DependencyInfo,
  GetProgramDependenciesResponse,
  GetRequiredPackagesResponse,
  InstallDependenciesResponse,
  LanguageHandshakeResponse,
  type ProgramInfo,
  RuntimeOptionPrompt,
  RuntimeOptionsResponse,
  TemplateResponse,
} from "@pulumi/pulumi/proto/language_pb";
import { type PackageDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { version } from "@pulumi/pulumi/version";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { streaming, unary, unsupported } from "./call";
import type { Children } from "./children";
import { installedDependencies } from "./dependencies";
import { findNode } from "./find";
import { useNodeVersion } from "./node-version";
import { readOptions } from "./options";
import { install, packageManagerFor, versionOf } from "./package-manager";
import { describeIncompatible, findPackages } from "./packages";
import { runPlugin } from "./plugin";
import type { ProgramRunner } from "./program";
import { servedByProject } from "./project-plugins";
import { workspaceRoot } from "./workspace";

/** The calls this host answers; all others are reported as unimplemented. */
export type LanguageService = Pick<
  ILanguageRuntimeServer,
  | "handshake"
  | "getPluginInfo"
  | "about"
  | "getRequiredPackages"
  | "run"
  | "cancel"
  | "installDependencies"
  | "getProgramDependencies"
  | "runtimeOptionsPrompts"
  | "template"
  | "runPlugin"
  | "generateProgram"
  | "generateProject"
  | "generatePackage"
  | "pack"
  | "link"
>;

/** What the service works with. */
export interface LanguageHost {
  readonly runner: ProgramRunner;
  readonly children: Children;
  /** The engine's address; a handshake may still change it. */
  readonly engine: string;
}

/** Pulumi writes programs and SDKs with code generators in Go, which only its own host contains. */
const noCodeGeneration =
  "Slipway's language host does not write code: Pulumi's code generators are part of its own host.";

/** Makes the language service for programs on Node. */
export function languageService(host: LanguageHost): LanguageService {
  const { runner, children } = host;
  let engine = host.engine;
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
    about: unary((request) => about(request.getInfo(), children)),
    getRequiredPackages: unary(async (request) => {
      // What comes next is a run, once providers are there and have looked at what the state holds.
      runner.prepare(request.getInfo());
      const response = new GetRequiredPackagesResponse();
      response.setPackagesList(await requiredPackages(request.getInfo()));
      return response;
    }),
    run: unary((request, signal) => runner.run(request, engine, signal)),
    cancel: unary(async () => {
      children.interruptAll();
      return new Empty();
    }),
    installDependencies: streaming(async (request, send, signal) => {
      const output = {
        stdout: (chunk: Buffer) => send(printed(chunk)),
        stderr: (chunk: Buffer) => send(warned(chunk)),
      };
      const say = (text: string) => output.stdout(Buffer.from(text));
      const folder = programFolder(request.getInfo(), request.getDirectory());
      if (request.getUseLanguageVersionTools()) {
        const used = await useNodeVersion(folder, children);
        if (used !== undefined) say(`Setting Nodejs version to ${used}\n`);
      }
      say("Installing dependencies...\n\n");
      const root = await workspaceRoot(folder);
      if (root !== undefined) say(`Detected workspace root at ${root}\n`);
      const at = root ?? folder;
      await install(packageManagerFor(at, readOptions(request.getInfo()).packageManager), at, output, children, signal);
      say("Finished installing dependencies\n\n");
    }),
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
    template: unary(async () => new TemplateResponse()),
    runPlugin: streaming(async (request, send, signal) => {
      await runPlugin(request, { children, engine }, send, signal);
    }),
    generateProgram: unsupported(
      `${noCodeGeneration} The resources are imported all the same with --generate-code=false; write their code by hand.`,
    ),
    generateProject: unsupported(`${noCodeGeneration} Run pulumi convert where Pulumi's own CLI is installed.`),
    generatePackage: unsupported(
      `${noCodeGeneration} Install the package's SDK with your package manager, as in npm install @pulumi/NAME; ` +
        "a component package written for Node can be imported as it is, as in npm install ./FOLDER.",
    ),
    link: unsupported(
      `${noCodeGeneration} Add the folder of the SDK with your package manager, as in npm install ./FOLDER.`,
    ),
    pack: unsupported("Slipway's language host does not pack SDKs. Run npm pack in the folder of the package."),
  };
}

/** What programs run on, and what installs their dependencies. */
async function about(info: ProgramInfo | undefined, children: Children): Promise<AboutResponse> {
  const node = findNode();
  const response = new AboutResponse();
  response.setExecutable(node);
  const isOurs = realpathSync(node) === realpathSync(process.execPath);
  response.setVersion(isOurs ? process.version : (await promisify(execFile)(node, ["--version"])).stdout.trim());
  const manager = packageManagerFor(programFolder(info, ""), readOptions(info).packageManager);
  const metadata = response.getMetadataMap();
  metadata.set("packagemanager", manager.name);
  metadata.set("packagemanagerVersion", (await versionOf(manager, children)) ?? "");
  return response;
}

/** The packages below a program's folder and, in a workspace, those hoisted to its root, that the project does not serve itself. */
async function requiredPackages(info: ProgramInfo | undefined): Promise<PackageDependency[]> {
  const folder = programFolder(info, "");
  const root = await workspaceRoot(folder);
  const found = findPackages(folder, ...(root === undefined || root === folder ? [] : [join(root, "node_modules")]));
  const complaint = describeIncompatible(found.sdks);
  if (complaint !== undefined) process.stderr.write(complaint);
  const served = await servedByProject(info?.getRootDirectory() || folder);
  return found.packages.filter((one) => !served.has(one.getName()));
}

/** The folder of a program: what the engine says, else another folder it named, else where this host runs. */
function programFolder(info: ProgramInfo | undefined, other: string): string {
  const folder = resolve(info?.getProgramDirectory() || other || ".");
  return /\.[cm]?[jt]s$/.test(folder) ? dirname(folder) : folder;
}

function printed(chunk: Buffer): InstallDependenciesResponse {
  const response = new InstallDependenciesResponse();
  response.setStdout(chunk);
  return response;
}

function warned(chunk: Buffer): InstallDependenciesResponse {
  const response = new InstallDependenciesResponse();
  response.setStderr(chunk);
  return response;
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
