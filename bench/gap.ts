import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ComposeCli, composeVersion } from "../test/support/compose-cli";
import type { PrivateDaemon } from "../test/support/dockerd";
import { Prober } from "../test/support/prober";
import { PulumiProject } from "../test/support/pulumi";
import type { Row } from "./table";

const run = promisify(execFile);

/** Milliseconds between two questions; no gap is known better than this. */
const resolution = 5;

/** What replaces a container that has a host port of its own. */
interface Peer {
  readonly name: string;
  readonly port: number;
  /** Makes the container run with this variable. */
  replace(colour: string): Promise<void>;
  remove(): Promise<void>;
}

/** A web server that is there in no time and ends at once, so that a gap is what the tool makes of it. */
const script =
  "trap exit TERM; mkdir -p /www && echo $COLOUR > /www/index.html && httpd -p 80 -h /www; sleep 1000 & wait";

/**
 * How long nobody answers on a host port while its container is replaced (stop-first, since two can't have the port), in ms:
 * Slipway's `up` beside `docker compose up`, in turn. Both are asked every 5 ms over connections of their own.
 */
export async function measureGaps(daemon: PrivateDaemon, folder: string, rounds: number): Promise<Row[]> {
  const peers = [await slipway(daemon), await compose(daemon, folder)];
  const rows = peers.map(({ name }) => ({ name, times: [] as number[] }));
  try {
    for (const peer of peers) await peer.replace("first");
    for (let round = -1; round < rounds; round++) {
      for (const [index, peer] of peers.entries()) {
        const gap = await gapOf(peer, `round${round}`);
        if (round >= 0) rows[index]?.times.push(gap);
      }
    }
  } finally {
    for (const peer of peers) await peer.remove();
  }
  return rows;
}

async function gapOf(peer: Peer, colour: string): Promise<number> {
  const url = `http://127.0.0.1:${peer.port}/`;
  const prober = new Prober(url, resolution);
  try {
    await prober.answers();
    prober.reset();
    await peer.replace(colour);
    await prober.answers();
    if ((await (await fetch(url)).text()).trim() !== colour)
      throw new Error(`${peer.name} did not replace the container.`);
    return prober.watch().longestGap;
  } finally {
    prober.stop();
  }
}

async function slipway(daemon: PrivateDaemon): Promise<Peer> {
  const port = 22490;
  const program = `import { App } from "slipway";
new App("web", {
  image: "slipway-test/busybox:1", command: ["sh", "-c", ${JSON.stringify(script)}],
  env: { COLOUR: process.env["COLOUR"] ?? "" }, ports: ["${port}:80"], stopTimeout: "10s",
});
`;
  const project = PulumiProject.make({ name: "gap", daemon, program });
  const expectOk = ({ status, text }: { status: number; text: string }): void => {
    if (status !== 0) throw new Error(text);
  };
  return {
    name: "Slipway",
    port,
    replace: async (colour) => expectOk(await project.up({ COLOUR: colour })),
    remove: async () => {
      expectOk(await project.destroy());
      project.remove();
    },
  };
}

async function compose(daemon: PrivateDaemon, parent: string): Promise<Peer> {
  const { path: command } = await ComposeCli.make();
  const port = 22491;
  const folder = join(parent, "compose");
  mkdirSync(folder);
  const web = {
    image: "slipway-test/busybox:1",
    command: ["sh", "-c", script.replaceAll("$", "$$$$")],
    environment: { COLOUR: `\${COLOUR}` },
    ports: [`${port}:80`],
    stop_grace_period: "10s",
  };
  writeFileSync(join(folder, "compose.yaml"), JSON.stringify({ name: "gap-peer", services: { web } }));
  const call = (words: readonly string[], colour: string) =>
    run(command, words, { cwd: folder, env: { ...process.env, DOCKER_HOST: daemon.host, COLOUR: colour } });
  return {
    name: `docker compose ${composeVersion}`,
    port,
    replace: async (colour) => void (await call(["up", "--detach", "--pull", "never"], colour)),
    remove: async () => void (await call(["down", "--volumes"], "")),
  };
}
