import { relative } from "node:path";
import { containerPlan } from "../../components/compose/container";
import { dependenciesOf } from "../../components/compose/dependencies";
import { findingsIn } from "../../components/compose/findings";
import { imagePlan } from "../../components/compose/image";
import { composeVersion } from "../../components/compose/labels";
import { imageName, type Naming, scaleOf } from "../../components/compose/naming";
import { networkPlan } from "../../components/compose/network";
import { inOrder, sharedServices, usedNetworks, usedVolumes } from "../../components/compose/used";
import { volumeArgs } from "../../components/compose/volume";
import { networkHash, volumeHash } from "../../compose/hash";
import type { LoadedProject } from "../../compose/options";
import { composeLabel } from "../../resources/compose";
import { SlipwayError } from "../../values/fault";
import type { Program } from "../program";
import { Code, Printer } from "../typescript";
import { Words } from "./words";

/**
 * Writes the TypeScript program whose plan is that of the compose files, with the typed components.
 * @param folder where Pulumi runs it: paths are written from there
 * @throws {@link SlipwayError} with everything in the files that can't be done
 */
export function writeComposeProgram(loaded: LoadedProject, naming: Naming, folder: string): Program {
  const { refused } = findingsIn(`Compose project "${naming.project}"`, loaded, naming);
  if (refused.length > 0) throw new SlipwayError(refused);
  const writer = new Writer(loaded, naming, folder);
  return { text: writer.program(), secrets: writer.words.secrets };
}

class Writer {
  readonly words: Words;
  private readonly imported = new Set<string>();
  private usesDocker = false;
  private readonly printer: Printer;

  constructor(
    private readonly loaded: LoadedProject,
    private readonly naming: Naming,
    private readonly folder: string,
  ) {
    this.words = new Words(loaded);
    this.printer = new Printer((text) => this.words.codeFor(text) ?? this.path(text));
  }

  program(): string {
    const { project } = this.loaded;
    const blocks = [
      ...usedNetworks(project).map((key) => this.network(key)),
      ...usedVolumes(project).map((key) => this.volume(key)),
      ...inOrder(project.services).flatMap((key) => this.service(key)),
    ].filter((block) => block !== "");
    const body = [this.labelHelper(), ...blocks].join("\n\n");
    return `${this.head(body)}\n\n${body}\n`;
  }

  private head(body: string): string {
    const own = [...this.imported].sort().join(", ");
    const lines = [
      ...(body.includes("resolve(") ? ['import { resolve } from "node:path";'] : []),
      ...(this.usesDocker ? ['import * as docker from "@pulumi/docker";'] : []),
      ...(body.includes("pulumi.") || this.words.secrets.size > 0 ? ['import * as pulumi from "@pulumi/pulumi";'] : []),
      `import { ${own} } from "slipway";`,
    ];
    const config = this.words.secrets.size > 0 ? ["", "const config = new pulumi.Config();"] : [];
    return [...lines, ...config].join("\n");
  }

  /** The labels that all objects have, and those of a container, so that compose's other commands find what is made. */
  private labelHelper(): string {
    const { files, envFiles, directory } = this.loaded;
    const list = (paths: readonly string[]): string => {
      const codes = paths.map((path) => this.path(path) ?? JSON.stringify(path));
      return codes.length === 1 ? (codes[0] ?? "") : `[${codes.join(", ")}].join(",")`;
    };
    const environment =
      envFiles.length === 0 ? [] : [`  ${JSON.stringify(composeLabel.environmentFiles)}: ${list(envFiles)},`];
    return [
      "// The labels of docker compose: its ps, logs, exec and down work on what this program makes.",
      'const labels = (service: string, number: number, hash: string, image: pulumi.Input<string>, dependencies = "") => ({',
      `  ${JSON.stringify(composeLabel.hash)}: hash,`,
      `  ${JSON.stringify(composeLabel.number)}: String(number),`,
      `  ${JSON.stringify(composeLabel.dependencies)}: dependencies,`,
      `  ${JSON.stringify(composeLabel.image)}: image,`,
      `  ${JSON.stringify(composeLabel.oneOff)}: "False",`,
      `  ${JSON.stringify(composeLabel.project)}: ${JSON.stringify(this.naming.project)},`,
      `  ${JSON.stringify(composeLabel.files)}: ${list(files)},`,
      `  ${JSON.stringify(composeLabel.directory)}: ${this.path(directory) ?? JSON.stringify(directory)},`,
      `  ${JSON.stringify(composeLabel.service)}: service,`,
      `  ${JSON.stringify(composeLabel.version)}: ${JSON.stringify(composeVersion)},`,
      ...environment,
      "});",
    ].join("\n");
  }

  private network(key: string): string {
    const network = this.loaded.project.networks?.[key];
    const identifier = this.words.identifier("network", key);
    if (network?.external === true) {
      this.usesDocker = true;
      return `const ${identifier} = docker.getNetworkOutput({ name: ${JSON.stringify(network.name ?? key)} }).name;`;
    }
    if (network === undefined) return "";
    const { args, engine } = networkPlan(key, network, this.naming, networkHash(network), false);
    return this.declaration(identifier, "Network", `${this.naming.project}-${key}`, withTransform(args, engine));
  }

  private volume(key: string): string {
    const volume = this.loaded.project.volumes?.[key];
    const identifier = this.words.identifier("volume", key);
    if (volume?.external === true) {
      this.usesDocker = true;
      const names = [`${this.naming.project}-${key}`, volume.name ?? key].map((name) => JSON.stringify(name));
      return `const ${identifier} = docker.Volume.get(${names.join(", ")}).id;`;
    }
    if (volume === undefined) return "";
    const args = volumeArgs(key, volume, this.naming, volumeHash(volume));
    return this.declaration(identifier, "Volume", `${this.naming.project}-${key}`, args);
  }

  private service(key: string): string[] {
    const { project } = this.loaded;
    const service = project.services[key];
    const scale = service === undefined ? 0 : scaleOf(service);
    if (service === undefined || scale === 0) return [];
    const image = this.image(key);
    const name = `${this.naming.project}-${key}`;
    const identifier = this.words.identifier("container", key);
    if (this.isRow(key)) return [...image, this.row(key, scale, identifier)];
    const all = Array.from({ length: scale }, (_, index) => {
      const constant = index === 0 ? identifier : this.words.identifier("container", `${key} ${index + 1}`);
      const args = this.containerArgs(key, index + 1);
      return this.declaration(constant, "Container", `${name}-${index + 1}`, args, this.dependencies(key, constant));
    });
    return [...image, ...all];
  }

  /** True where nothing but the number tells the containers of a service apart: then they are written once. */
  private isRow(key: string): boolean {
    const { services } = this.loaded.project;
    const service = services[key];
    if (service === undefined || scaleOf(service) < 2) return false;
    if ((service.links ?? []).length > 0 || (service.pre_start ?? []).length > 0) return false;
    return !Object.values(services).some((other) => sharedServices(other).includes(key));
  }

  private row(key: string, scale: number, identifier: string): string {
    this.imported.add("Container");
    const prefix = [this.naming.project, key, ""].join(this.naming.separator ?? "-");
    const printer = new Printer((text) =>
      text === `${prefix}1` ? "name" : (this.words.codeFor(text) ?? this.path(text)),
    );
    const numbers = Array.from({ length: scale }, (_, index) => index + 1).join(", ");
    const options = this.dependencies(key);
    const args = printer.writeLines(this.containerArgs(key, 1, "number"), 1);
    const pulumiName = `${this.naming.project}-${key}-`;
    const resource = pulumiName === prefix ? "name" : `\`${pulumiName}\${number}\``;
    const dependsOn = options === undefined ? "" : `, ${printer.write(options, 1)}`;
    return [
      `const ${identifier} = [${numbers}].map((number) => {`,
      `  const name = \`${prefix}\${number}\`;`,
      `  return new Container(${resource}, ${args}${dependsOn});`,
      "});",
    ].join("\n");
  }

  private containerArgs(key: string, number: number, said?: string): object {
    const { args, engine } = containerPlan(this.loaded, this.naming, key, number, this.words);
    const { labels, ...rest } = args;
    const service = this.loaded.project.services[key];
    const dependencies = labels?.[composeLabel.dependencies];
    const words = [
      JSON.stringify(key),
      said ?? String(number),
      JSON.stringify(this.words.hash(key)),
      this.words.codeFor(this.words.imageId(key)) ?? '""',
      ...(typeof dependencies === "string" && dependencies !== "" ? [JSON.stringify(dependencies)] : []),
    ];
    const made = { ...service?.labels, "...labels": new Code(`labels(${words.join(", ")})`) };
    const own = service?.labels === undefined ? new Code(`labels(${words.join(", ")})`) : made;
    return withTransform({ ...rest, labels: own }, engine);
  }

  /** @param constant that of the container, which may wait for the first one of its service */
  private dependencies(key: string, constant?: string): { dependsOn: Code[] } | undefined {
    const { services } = this.loaded.project;
    const first = this.words.identifier("container", key);
    const waits = (services[key]?.pre_start ?? []).length > 0 && constant !== undefined && constant !== first;
    const codes = dependenciesOf(this.loaded.project, key).flatMap((name) => {
      const service = services[name];
      if (service === undefined) return [];
      const identifier = this.words.identifier("container", name);
      if (this.isRow(name)) return [`...${identifier}`];
      const further = Array.from({ length: scaleOf(service) - 1 }, (_, index) => `${name} ${index + 2}`);
      return [identifier, ...further.map((one) => this.words.identifier("container", one))];
    });
    const all = [...codes, ...(waits ? [first] : [])];
    return all.length === 0 ? undefined : { dependsOn: all.map((code) => new Code(code)) };
  }

  private readonly images = new Map<string, string>();

  /** The image of a service, unless another service has it already: then its constant is the other's. */
  private image(key: string): string[] {
    const { services } = this.loaded.project;
    const service = services[key];
    if (service === undefined) return [];
    const name = imageName(this.naming, key, service);
    const known = this.images.get(name);
    if (known !== undefined) {
      this.words.setImage(key, known);
      return [];
    }
    const builder = Object.entries(services).find(
      ([other, one]) => one.build !== undefined && imageName(this.naming, other, one) === name,
    );
    const [owner, whose] = builder ?? [key, service];
    const identifier = this.words.identifier("image", key);
    const plan = imagePlan(owner, whose, this.loaded, this.naming);
    const id = `${identifier}.${plan.kind === "pulled" ? "imageId" : "id"}`;
    this.images.set(name, id);
    this.words.setImage(key, id);
    if (plan.kind === "present") {
      this.usesDocker = true;
      return [`const ${identifier} = docker.getRemoteImageOutput({ name: ${JSON.stringify(plan.name)} });`];
    }
    const resource = `${this.naming.project}-${owner}`;
    if (plan.kind === "built") {
      const built = this.declaration(identifier, "Image", resource, plan.args);
      return [
        built,
        ...(whose.build?.tags ?? []).map((tag, index) => this.tag(`${resource}-tag-${index + 1}`, id, tag)),
      ];
    }
    return [this.declaration(identifier, "EngineRemoteImage", resource, plan.args)];
  }

  private tag(name: string, sourceImage: string, tag: string): string {
    this.usesDocker = true;
    const args = `{ sourceImage: ${sourceImage}, targetImage: ${JSON.stringify(tag)} }`;
    return `new docker.Tag(${JSON.stringify(name)}, ${args});`;
  }

  private declaration(identifier: string, kind: string, name: string, args: object, options?: object): string {
    this.imported.add(kind);
    const short = Object.keys(args).length <= 2 ? this.printer.write(args) : undefined;
    const text = short !== undefined && !short.includes("\n") ? short : this.printer.writeLines(args);
    const more = options === undefined ? "" : `, ${this.printer.write(options)}`;
    return `const ${identifier} = new ${kind}(${JSON.stringify(name)}, ${text}${more});`;
  }

  /** A path of the project, from the folder in which Pulumi runs the program. */
  private path(text: string): string | undefined {
    const { directory } = this.loaded;
    if (text !== directory && !text.startsWith(`${directory}/`)) return undefined;
    return `resolve(${JSON.stringify(relative(this.folder, text) || ".")})`;
  }
}

function withTransform(args: object, engine: object): object {
  if (Object.keys(engine).length === 0) return args;
  const fields = { "...args": new Code("args"), ...engine };
  return { ...args, transform: new Code((printer, depth) => `(args) => (${printer.write(fields, depth)})`) };
}
