import type { NetworkInspect } from "@docker/node-sdk";
import type { Engine } from "../../daemon/client";
import { inspectContainer } from "../../daemon/container";
import { inspectImage } from "../../daemon/image";
import { inspectNetwork } from "../../daemon/network";
import { systemInfo } from "../../daemon/system";
import type { Fault } from "../../values/fault";
import { holdsAddress, parseAddress, parseSubnet } from "../../values/subnet";
import { warnOfUnknownDriver } from "../driver-plugin";
import { imageClaim } from "../image-source";
import type { Context } from "../resource";
import { flagOf, isEmpty, listOf, objectOf, type Properties, textOf, unknown } from "../value";
import { ownerOf } from "./owner";

/** What the inputs ask of the daemon that it does not offer: a runtime, an address of a network, health of an image without a check. */
export async function offerFaults(
  context: Context,
  engine: Engine,
  inputs: Properties,
  subject: string,
): Promise<Fault[]> {
  const faults = [
    await runtimeFault(context, engine, inputs, subject),
    await healthFault(context, engine, inputs, subject),
    await storageFault(context, engine, inputs, subject),
  ];
  for (const [index, item] of listOf(inputs["networksAdvanced"]).entries()) {
    const path = `networksAdvanced[${index}]`;
    faults.push(...(await addressFaults(context, engine, objectOf(item), { subject, path })));
  }
  await warnOfDrivers(context, engine, inputs, subject);
  return faults.filter((fault) => fault !== undefined);
}

/** Runtimes are all listed, but for those that newer Engines find by the name of their shim or by a path. */
async function runtimeFault(
  context: Context,
  engine: Engine,
  inputs: Properties,
  subject: string,
): Promise<Fault | undefined> {
  const value = textOf(inputs["runtime"]);
  if (value === undefined || value === "runc" || /^io\.containerd\.|^\//.test(value)) return undefined;
  const known = Object.keys((await systemInfo(engine, context.signal)).Runtimes ?? {});
  if (known.includes(value)) return undefined;
  const advice = `Use one of ${known.sort().join(", ")}, or add it to the daemon's configuration.`;
  return { subject, path: "runtime", value, problem: "is no runtime of the daemon", advice };
}

/** With images in containerd the Engine takes options of the storage, keeps them in the container's settings and does nothing. */
async function storageFault(
  context: Context,
  engine: Engine,
  inputs: Properties,
  subject: string,
): Promise<Fault | undefined> {
  if (isEmpty(inputs["storageOpts"])) return undefined;
  const { DriverStatus } = await systemInfo(engine, context.signal);
  if (DriverStatus?.some(([, value]) => value?.startsWith("io.containerd.snapshotter") === true) !== true)
    return undefined;
  const problem = "can't be kept by the daemon: it has its images in containerd, which limits no root file system";
  return { subject, path: "storageOpts", problem, advice: "Leave it out." };
}

/** `wait` without any health check would wait in vain; of an image that is not on the daemon nobody knows yet. */
async function healthFault(
  context: Context,
  engine: Engine,
  inputs: Properties,
  subject: string,
): Promise<Fault | undefined> {
  const check = inputs["healthcheck"];
  const tests = objectOf(check)["tests"];
  if (flagOf(inputs["wait"]) !== true || flagOf(inputs["attach"]) === true || flagOf(inputs["start"]) === false)
    return undefined;
  if (check === unknown || tests === unknown || listOf(tests).length > 0) return undefined;
  const image = textOf(inputs["image"]);
  const seen = image === undefined ? undefined : await inspectImage(engine, image, context.signal);
  if (image === undefined || seen === undefined || (seen.Config?.Healthcheck?.Test ?? []).length > 0) return undefined;
  const isMade = (): boolean => context.deployment.isMade(imageClaim(image));
  if (await context.deployment.expect(isMade, context.signal)) return undefined;
  const problem = `asks for a healthy container, but neither the program nor image "${image}" has a health check`;
  return { subject, path: "wait", problem, advice: "Give it a `healthcheck`, or leave `wait` out." };
}

/** A fixed address that is of none of the network's subnets, or that a container of somebody else has. */
async function addressFaults(
  context: Context,
  engine: Engine,
  place: Properties,
  at: { readonly subject: string; readonly path: string },
): Promise<Fault[]> {
  const name = textOf(place["name"]);
  const wanted = ["ipv4Address", "ipv6Address"].flatMap((field) => {
    const value = textOf(place[field]);
    const address = value === undefined ? undefined : parseAddress(value);
    return value === undefined || address === undefined ? [] : [{ field, value, address }];
  });
  if (name === undefined || wanted.length === 0) return [];
  const network = await inspectNetwork(engine, name, context.signal);
  if (network === undefined) return [];
  const subnets = (network.IPAM?.Config ?? []).flatMap(({ Subnet }) => parseSubnet(Subnet ?? "") ?? []);
  const faults: Fault[] = [];
  for (const { field, value, address } of wanted) {
    const path = `${at.path}.${field}`;
    const own = subnets.filter(({ family }) => family === address.family);
    if (own.length > 0 && !own.some((subnet) => holdsAddress(subnet, address))) {
      const isMade = (): boolean => context.deployment.maker({ kind: "network", name }) !== undefined;
      if (await context.deployment.expect(isMade, context.signal)) continue;
      const problem = `is not in network "${name}", which has ${own.map(({ text }) => text).join(" and ")}`;
      faults.push({ subject: at.subject, path, value, problem, advice: "Choose an address of it." });
      continue;
    }
    const holder = await stranger(context, engine, network, address.text);
    if (holder === undefined) continue;
    const problem = `is taken in network "${name}" by container ${holder}, which this stack did not make`;
    faults.push({
      subject: at.subject,
      path,
      value,
      problem,
      advice: "Choose another address, or remove that container.",
    });
  }
  return faults;
}

/** The container of somebody else that has an address of a network, with its name. */
async function stranger(
  context: Context,
  engine: Engine,
  network: NetworkInspect,
  address: string,
): Promise<string | undefined> {
  for (const [id, { Name, IPv4Address, IPv6Address }] of Object.entries(network.Containers ?? {})) {
    const has = [IPv4Address, IPv6Address].some(
      (one) => parseAddress((one ?? "").replace(/\/.*$/, ""))?.text === address,
    );
    if (!has) continue;
    const seen = await inspectContainer(engine, id, context.signal);
    if (seen === undefined) continue;
    const owner = await ownerOf(context, { id, labels: seen.Config?.Labels }, { kind: "container", name: Name ?? "" });
    if (owner.kind === "stranger") return `"${Name}" (${id.slice(0, 12)})`;
  }
  return undefined;
}

/** The log drivers that every Engine since 20.10 has built in, on Linux or on Windows. */
const logDrivers = "awslogs etwlogs fluentd gcplogs gelf journald json-file local logentries none splunk syslog".split(
  " ",
);

async function warnOfDrivers(context: Context, engine: Engine, inputs: Properties, subject: string): Promise<void> {
  const log = textOf(inputs["logDriver"]);
  if (log !== undefined && !logDrivers.includes(log)) await warnOfUnknownDriver(context, engine, subject, "Log", log);
  const mounted = listOf(inputs["mounts"]).map((one) => textOf(objectOf(objectOf(one)["volumeOptions"])["driverName"]));
  const volumes = new Set(mounted.filter((one) => one !== undefined && one !== "local"));
  for (const driver of volumes) await warnOfUnknownDriver(context, engine, subject, "Volume", driver ?? "");
}
