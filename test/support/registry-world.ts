import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspectImage } from "../../daemon/image";
import type { Properties } from "../../provider/value";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "./dockerd";
import { Lifecycle } from "./lifecycle";
import { ProviderUnderTest } from "./provider";
import { type PrivateRegistry, startRegistry } from "./registry";

/** The only login of the closed registry; its password may appear nowhere. */
export const login = { username: "robot", password: "canary-password" };

/** A daemon with two registries, one open and one behind a login, and no login in docker's own configuration. */
export class RegistryWorld {
  private constructor(
    readonly daemon: PrivateDaemon,
    readonly open: PrivateRegistry,
    readonly closed: PrivateRegistry,
    private readonly end: () => Promise<void>,
  ) {}

  /** Starts it; the daemon has `slipway-test/busybox:1`, `:2` and `:3`. */
  static async start(): Promise<RegistryWorld> {
    const config = mkdtempSync(join(tmpdir(), "slipway-docker-config-"));
    const before = process.env["DOCKER_CONFIG"];
    process.env["DOCKER_CONFIG"] = config;
    const [open, closed] = await Promise.all([startRegistry(), startRegistry({ login })]);
    const daemon = await startDockerd();
    makeBaseImage(daemon, "2", "3");
    return new RegistryWorld(daemon, open, closed, async () => {
      if (before === undefined) delete process.env["DOCKER_CONFIG"];
      else process.env["DOCKER_CONFIG"] = before;
      rmSync(config, { recursive: true, force: true });
      await daemon.stop();
      await Promise.all([open.stop(), closed.stop()]);
    });
  }

  stop(): Promise<void> {
    return this.end();
  }

  /** A provider that knows the login of the closed registry, as a run of its own. */
  provider(type: string, settings?: Properties): Promise<ProviderUnderTest> {
    const registryAuth = [{ address: this.closed.host, ...login }];
    return ProviderUnderTest.start(this.daemon.engine, `docker:index/${type}`, "world", settings ?? { registryAuth });
  }

  /** Resources of one type, in a first run. */
  async lifecycle(type: string): Promise<Lifecycle> {
    return new Lifecycle(await this.provider(type));
  }

  /** Begins another run: its provider knows nothing of the program that was declared before. */
  async nextRun(life: Lifecycle, type: string): Promise<void> {
    life.provider.close();
    life.provider = await this.provider(type);
  }

  /** Removes everything, as a destroy does: in a run that declares nothing. */
  async destroy(life: Lifecycle, type: string): Promise<void> {
    await life.finish(...life.held.keys());
    await this.nextRun(life, type);
    await life.finish();
  }

  docker(...words: string[]): string {
    const all = ["-H", this.daemon.host, ...words];
    return execFileSync("docker", all, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  }

  /** The id of the image that a name leads to, or "none". */
  async imageId(reference: string): Promise<string> {
    return (await inspectImage(this.daemon.engine, reference))?.Id ?? "none";
  }
}
