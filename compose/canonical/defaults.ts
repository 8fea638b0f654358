import { LoadFault } from "../load-fault";
import { goText, isList, isMapping, kindOf, type Mapping, type Value } from "../tree";

/** Fills in what the specification says of attributes that are left out. Changes the document. */
export function setDefaults(document: Mapping): void {
  const services = document["services"];
  if (!isMapping(services)) return;
  for (const name in services) {
    const service = services[name];
    if (isMapping(service)) setServiceDefaults(service, ["services", name]);
  }
}

function setServiceDefaults(service: Mapping, path: readonly string[]): void {
  const build = service["build"];
  if (isMapping(build) && !("context" in build)) build["context"] = ".";
  for (const secret of entriesOf(service["secrets"])) {
    if (!("target" in secret)) secret["target"] = `/run/secrets/${goText(secret["source"] ?? null)}`;
  }
  for (const port of entriesOf(service["ports"])) {
    if (!("protocol" in port)) port["protocol"] = "tcp";
    if (!("mode" in port)) port["mode"] = "ingress";
  }
  const reservations = at(service, "deploy", "resources", "reservations");
  setDeviceDefaults(reservations?.["devices"], [...path, "deploy", "resources", "reservations", "devices"]);
  setDeviceDefaults(service["gpus"], [...path, "gpus"]);
  const volumes = service["volumes"];
  if (!isList(volumes)) return;
  volumes.forEach((volume, index) => {
    const bind = isMapping(volume) ? volume["bind"] : undefined;
    if (bind === undefined) return;
    if (!isMapping(bind)) {
      throw new LoadFault([...path, "volumes", index, "bind"], `is ${kindOf(bind)}`, bind, "Give a mapping.");
    }
    if (!("create_host_path" in bind)) bind["create_host_path"] = true;
  });
}

function setDeviceDefaults(devices: Value | undefined, path: readonly string[]): void {
  if (!isList(devices)) return;
  devices.forEach((device, index) => {
    if (!isMapping(device)) throw new LoadFault([...path, index], `is ${kindOf(device)}`, device, "Give a mapping.");
    if (!("count" in device) && !("device_ids" in device)) device["count"] = "all";
  });
}

function entriesOf(list: Value | undefined): readonly Mapping[] {
  return isList(list) ? list.filter(isMapping) : [];
}

function at(value: Mapping, ...path: readonly string[]): Mapping | undefined {
  let node: Value | undefined = value;
  for (const part of path) node = isMapping(node) ? node[part] : undefined;
  return isMapping(node) ? node : undefined;
}
