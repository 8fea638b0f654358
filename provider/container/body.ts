import { readFile } from "node:fs/promises";
import type { ContainerCreateRequest, EndpointSettings, HostConfig, ImageConfig } from "@docker/node-sdk";
import type { Engine } from "../../daemon/client";
import { inspectImage } from "../../daemon/image";
import { flagOf, type Properties, textOf, textsOf } from "../value";
import { attachmentsOf, endpointBody, endpointHost } from "./endpoints";
import { healthBody } from "./health-check";
import { isolationHost, profilePath } from "./isolation";
import { limitHost } from "./limits";
import { labelMap } from "./look";
import { mountBody, mountHost } from "./mounts";
import { portBody, portHost } from "./ports";
import { processBody, processHost } from "./process";
import { compact } from "./sparse";

/** What a body needs besides the inputs. */
export interface Surroundings {
  /** The configuration of the image, for `emptyCommand`. */
  readonly image?: ImageConfig;
  /** Text of the seccomp profiles that are given by path, by path. */
  readonly profiles?: ReadonlyMap<string, string>;
  /** API version of the daemon, such as "1.41". @default a current one */
  readonly apiVersion?: string;
}

/** The body of the Engine's `POST /containers/create` for checked inputs; `labels` are ours, added to the user's. */
export function bodyOf(
  inputs: Properties,
  labels: Readonly<Record<string, string>>,
  { image, profiles, apiVersion }: Surroundings = {},
): ContainerCreateRequest {
  return compact<ContainerCreateRequest>({
    ...processBody(inputs, image),
    ...healthBody(inputs),
    ...portBody(inputs),
    ...mountBody(inputs),
    ...endpointBody(inputs, apiVersion),
    Labels: { ...labelMap(inputs["labels"]), ...labels },
    HostConfig: compact<HostConfig>({
      ...processHost(inputs),
      ...limitHost(inputs),
      ...portHost(inputs),
      ...mountHost(inputs),
      ...endpointHost(inputs),
      ...isolationHost(inputs, profiles),
      AutoRemove: flagOf(inputs["rm"]),
    }),
  });
}

/** What the body of these inputs needs to know. */
export async function surroundingsOf(engine: Engine, inputs: Properties, signal: AbortSignal): Promise<Surroundings> {
  const needsImage = flagOf(inputs["emptyCommand"]) === true;
  const image = needsImage ? await inspectImage(engine, textOf(inputs["image"]) ?? "", signal) : undefined;
  const profiles = await profilesOf(inputs);
  const config = image?.Config;
  return { profiles, apiVersion: engine.apiVersion, ...(config === undefined ? {} : { image: config }) };
}

/** The seccomp profiles that are given by path, as one line each, as the docker command sends them. */
export async function profilesOf(inputs: Properties): Promise<ReadonlyMap<string, string>> {
  const paths = textsOf(inputs["securityOpts"]).flatMap((option) => profilePath(option) ?? []);
  const texts = paths.map(async (path) => [path, JSON.stringify(JSON.parse(await readFile(path, "utf8")))] as const);
  return new Map(await Promise.all(texts));
}

/** The networks that are connected one by one after the create, with their endpoints. */
export function furtherNetworks(inputs: Properties): { name: string; endpoint: EndpointSettings }[] {
  return attachmentsOf(inputs)
    .slice(1)
    .map(({ network, endpoint }) => ({ name: network, endpoint }));
}
