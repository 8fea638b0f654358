import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { inspectImage } from "../../daemon/image";
import { pullImage } from "../../daemon/image-transfer";
import { messageOf } from "../../values/fault";
import { type PrivateDaemon, startDockerd } from "../support/dockerd";
import { type PrivateRegistry, pushRandom, startRegistry } from "../support/registry";
import { type SlowProxy, slowProxy } from "../support/slow-proxy";

const none = { source: "the test has none" };

// The image has 20 MB that nobody has yet; through the proxy they take 20 s.
describe("a pull that is stopped", function () {
  this.timeout(120_000);
  let registry: PrivateRegistry;
  let proxy: SlowProxy;
  let daemon: PrivateDaemon;

  before(async () => {
    registry = await startRegistry();
    proxy = await slowProxy(registry.host, 1_000_000);
    daemon = await startDockerd();
    await pushRandom(registry, daemon, "h/large:1", 20_000_000);
    // One of its own for each test: containerd keeps layers for a while after their image has gone.
    await pushRandom(registry, daemon, "h/large:2", 20_000_000);
  });

  after(async () => {
    proxy?.stop();
    await daemon?.stop();
    await registry?.stop();
  });

  /** Starts a pull and waits until its layer is on the way. */
  async function started(tag: string, signal: AbortSignal): Promise<{ message: Promise<string>; lines: string[] }> {
    const lines: string[] = [];
    const reference = `${proxy.host}/h/large:${tag}`;
    const pull = pullImage(daemon.engine, reference, { found: none, signal, onProgress: (line) => lines.push(line) });
    let ended: string | undefined;
    const message = pull.then(() => "no error", messageOf).then((text) => (ended = text));
    const before = proxy.passed();
    while (proxy.passed() < before + 500_000 || !lines.some((line) => / MB of /.test(line))) {
      if (ended !== undefined) throw new Error(`The pull has ended too soon: ${ended}`);
      await sleep(50);
    }
    return { message, lines };
  }

  /** The bytes that come through in a second once the daemon has had one to stop. */
  async function flow(): Promise<number> {
    await sleep(1000);
    const before = proxy.passed();
    await sleep(1000);
    return proxy.passed() - before;
  }

  it("stops at once, on the daemon too, and leaves nothing the next pull trips over", async () => {
    const stop = new AbortController();
    const { message, lines } = await started("1", stop.signal);
    const at = Date.now();
    stop.abort(new Error("cancelled"));
    expect(await message).to.equal(`Image "${proxy.host}/h/large:1" was stopped while it was pulled.`);
    expect(Date.now() - at).to.be.below(1000);
    expect(lines.at(-1)).to.match(/^Pulling .*: 0 of 1 layers, \d\.\d MB of 20\.\d MB$/);
    expect(await flow(), "bytes that still come from the registry").to.equal(0);
    expect(await inspectImage(daemon.engine, `${proxy.host}/h/large:1`)).to.equal(undefined);
    const pulled = await pullImage(daemon.engine, `${registry.host}/h/large:1`, { found: none });
    expect(pulled.summary).to.match(/^Pulled .*: 1 layer, 20\.\d MB in [\d.]+ s, sha256:[0-9a-f]{64}$/);
    execFileSync("docker", ["-H", daemon.host, "rmi", `${registry.host}/h/large:1`], { stdio: "ignore" });
  });

  it("says so when its time is over", async () => {
    const { message } = await started("2", AbortSignal.timeout(3000));
    expect(await message).to.equal(
      `Image "${proxy.host}/h/large:2" was stopped while it was pulled: its time is over. Give it more time with the resource option customTimeouts.`,
    );
    expect(await flow()).to.equal(0);
  });
});
