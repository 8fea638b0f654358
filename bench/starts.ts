import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Row } from "./table";

/** How long plugins take from their start to their port, which the engine waits for, in ms. */
export async function measureStarts(
  plugins: readonly { readonly name: string; readonly path: string }[],
  rounds: number,
): Promise<Row[]> {
  const rows = plugins.map(({ name }) => ({ name, times: [] as number[] }));
  for (let round = -1; round < rounds; round++) {
    for (const [index, { path }] of plugins.entries()) {
      const time = await start(path);
      if (round >= 0) rows[index]?.times.push(time);
    }
  }
  return rows;
}

async function start(path: string): Promise<number> {
  const started = performance.now();
  // The address is the engine's; nobody calls it before a deployment.
  const plugin = spawn(path, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "ignore"] });
  await once(plugin.stdout, "data");
  const time = performance.now() - started;
  plugin.kill("SIGKILL");
  await once(plugin, "exit");
  return time;
}
