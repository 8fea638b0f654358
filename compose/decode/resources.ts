import type { Model } from "../model/ai-model";
import type { Ipam, IpamPool, Network } from "../model/network";
import type { FileObject, Volume } from "../model/volume";
import { always, list, structure } from "./decoder";
import { texts } from "./lists";
import { mappingOfText, options, textDictionary } from "./mappings";
import { flag, integer, text, truth } from "./scalar";

const ipam = structure<Ipam>({
  driver: text,
  config: list(structure<IpamPool>({ subnet: text, gateway: text, ip_range: text, aux_addresses: mappingOfText }), {}),
  options,
});

export const network = structure<Network>({
  name: text,
  driver: text,
  driver_opts: options,
  ipam: always((value, path) => (value === undefined ? {} : (ipam(value, path) ?? {}))),
  external: flag,
  internal: flag,
  attachable: flag,
  labels: mappingOfText,
  enable_ipv4: truth,
  enable_ipv6: truth,
});

export const volume = structure<Volume>({
  name: text,
  driver: text,
  driver_opts: options,
  external: flag,
  labels: mappingOfText,
});

export const fileObject = structure<FileObject>({
  name: text,
  file: text,
  environment: text,
  content: text,
  external: flag,
  labels: mappingOfText,
  driver: text,
  driver_opts: textDictionary,
  template_driver: text,
});

export const model = structure<Model>({ name: text, model: text, context_size: integer, runtime_flags: texts });
