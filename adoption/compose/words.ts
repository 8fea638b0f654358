import { sharedService } from "../../components/compose/naming";
import type { Parts } from "../../components/compose/parts";
import { serviceHash } from "../../compose/hash";
import type { LoadedProject } from "../../compose/options";
import { isConfidential } from "../../values/confidential";
import { Identifiers } from "../identifier";

/**
 * The other resources of a project as words of a program: each part is a text that stands for a piece of code and is written
 * as that ({@link codeFor}).
 */
export class Words implements Parts {
  /** Config key → value of what is kept as a secret. */
  readonly secrets = new Map<string, string>();
  private readonly identifiers = new Identifiers();
  private readonly names = new Map<string, string>();
  private readonly codes = new Map<string, string>();
  private readonly images = new Map<string, string>();

  constructor(private readonly loaded: LoadedProject) {
    for (const name of ["labels", "project", "resolve", "args", "number", "name"]) this.identifiers.make(name);
  }

  /** The constant for a resource; `what` tells resources of one key apart. */
  identifier(what: "network" | "volume" | "image" | "container", key: string): string {
    const known = this.names.get(`${what} ${key}`);
    if (known !== undefined) return known;
    const wanted = { network: `${key} network`, volume: `${key} volume`, image: `${key} image`, container: key }[what];
    const made = this.identifiers.make(wanted);
    this.names.set(`${what} ${key}`, made);
    return made;
  }

  /** The code behind a text; undefined for a text that is written as it is. */
  codeFor(text: string): string | undefined {
    return this.codes.get(text);
  }

  network(key: string): string {
    return this.word(this.identifier("network", key));
  }

  volume(key: string): string {
    return this.word(this.identifier("volume", key));
  }

  networkName(key: string): string {
    return this.isExternal("networks", key) ? this.network(key) : this.word(`${this.identifier("network", key)}.name`);
  }

  volumeName(key: string): string {
    return this.isExternal("volumes", key) ? this.volume(key) : this.word(`${this.identifier("volume", key)}.name`);
  }

  /** Says where the id of a service's image is found. */
  setImage(service: string, code: string): void {
    this.images.set(service, code);
  }

  imageId(service: string): string {
    return this.word(this.images.get(service) ?? '""');
  }

  containerId(service: string): string {
    return this.word(`${this.identifier("container", service)}.id`);
  }

  sharing(service: string): string {
    return this.word(`pulumi.interpolate\`container:\${${this.identifier("container", service)}.id}\``);
  }

  hash(key: string): string {
    const service = this.loaded.project.services[key];
    if (service === undefined) return "";
    const modes = [service.network_mode, service.ipc, service.pid].some((mode) => sharedService(mode) !== undefined);
    // With the id of another container in it, it can't be written down: compose would make this container anew.
    return modes || (service.volumes_from ?? []).length > 0 ? "" : serviceHash(service);
  }

  variable(service: string, name: string, value: string): string {
    return isConfidential(name) ? this.secret(`${service}-${name}`, value) : value;
  }

  content(kind: "configs" | "secrets", key: string): string {
    const text = this.loaded.contents[`${kind}.${key}`] ?? this.loaded.project[kind]?.[key]?.content ?? "";
    return kind === "secrets" ? this.secret(key, text) : text;
  }

  /** A text that is written as this code. */
  word(code: string): string {
    const text = `\u0000${code}\u0000`;
    this.codes.set(text, code);
    return text;
  }

  private isExternal(kind: "networks" | "volumes", key: string): boolean {
    return this.loaded.project[kind]?.[key]?.external === true;
  }

  private secret(key: string, value: string): string {
    this.secrets.set(key, value);
    return this.word(`config.requireSecret(${JSON.stringify(key)})`);
  }
}
