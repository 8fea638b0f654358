import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "../../../daemon/client";
import { createContainer, startContainer } from "../../../daemon/container";
import { inspectImage } from "../../../daemon/image";
import { createNetwork } from "../../../daemon/network";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../dockerd";
import { isolationSpellings } from "./isolation";
import { lifecycleSpellings } from "./lifecycle";
import { limitsSpellings } from "./limits";
import { networkSpellings } from "./network";
import { processSpellings } from "./process";
import type { Spelled } from "./spelling";
import { storageSpellings } from "./storage";

/** Every input of docker.Container 5.2 with its spellings. */
export const spelled: readonly Spelled[] = [
  ...isolationSpellings,
  ...lifecycleSpellings,
  ...limitsSpellings,
  ...networkSpellings,
  ...processSpellings,
  ...storageSpellings,
];

/** What the spellings need on a daemon: an image, two networks, a volume's name, a folder, a container to share with. */
export interface World {
  readonly daemon: PrivateDaemon;
  readonly engine: Engine;
  /** The value with the words in angle brackets filled in. */
  filled<Kind>(value: Kind): Kind;
  stop(): Promise<void>;
}

/** Starts a private daemon with all of it. */
export async function startWorld(): Promise<World> {
  const daemon = await startDockerd();
  const { engine } = daemon;
  makeBaseImage(daemon);
  const folder = mkdtempSync(join(tmpdir(), "slipway-spelled-"));
  const image = await inspectImage(engine, "slipway-test/busybox:1");
  await createNetwork(engine, { Name: "spelled-net", IPAM: { Config: [{ Subnet: "10.214.7.0/24" }] } });
  const second = await createNetwork(engine, { Name: "spelled-net2" });
  const peer = { Image: "slipway-test/busybox:1", Cmd: ["sleep", "1000"], HostConfig: { IpcMode: "shareable" } };
  const made = await createContainer(engine, "spelled-peer", peer);
  await startContainer(engine, made.Id ?? "");
  const words: Readonly<Record<string, string>> = {
    ARCH: image?.Architecture ?? "",
    FOLDER: folder,
    IMAGE: image?.Id ?? "",
    IP: "10.214.7.10",
    NET: "spelled-net",
    NET2: "spelled-net2",
    NET2_ID: second.Id ?? "",
    PEER: "spelled-peer",
    PEER_ID: made.Id ?? "",
    VOLUME: "spelled-volume",
  };
  return {
    daemon,
    engine,
    filled: (value) =>
      JSON.parse(JSON.stringify(value).replace(/<([A-Z0-9_]+)>/g, (_, word: string) => words[word] ?? `<${word}>`)),
    async stop() {
      await daemon.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
