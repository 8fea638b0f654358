import { execFileSync } from "node:child_process";
import type { ContainerInspectResponse, NetworkInspect } from "@docker/node-sdk";
import { inspectContainer } from "../../daemon/container";
import { inspectNetwork } from "../../daemon/network";
import { type DaemonOptions, makeBaseImage, type PrivateDaemon, startDockerd } from "./dockerd";
import { Lifecycle } from "./lifecycle";
import { ProviderUnderTest } from "./provider";

const swarmNetworks = ["docker_gwbridge", "ingress"];

/** A private daemon with objects of one type that the provider makes, and what others make beside them. */
export class World {
  // Several test runs may be under way on one machine, and their bridges share its routes.
  readonly net = `10.${130 + (process.pid % 100)}`;
  private readonly providers: ProviderUnderTest[] = [];

  private constructor(
    readonly daemon: PrivateDaemon,
    private readonly type: string,
  ) {}

  /** Starts it; `type` is the Pulumi type token, such as `docker:index/network:Network`. */
  static async start(type: string, options: DaemonOptions = {}): Promise<World> {
    const daemon = await startDockerd(options);
    makeBaseImage(daemon);
    return new World(daemon, type);
  }

  /** A provider process of its own, as each run of the CLI has one. */
  async provider(id?: string): Promise<ProviderUnderTest> {
    const provider = await ProviderUnderTest.start(this.daemon.engine, this.type, id);
    this.providers.push(provider);
    return provider;
  }

  /** The same as a real process, which can be killed. */
  async killable(): Promise<ProviderUnderTest> {
    const provider = await ProviderUnderTest.spawn(this.daemon.host, this.type);
    this.providers.push(provider);
    return provider;
  }

  /** The state of a stack without resources. */
  async stack(id?: string): Promise<Lifecycle> {
    return new Lifecycle(await this.provider(id));
  }

  /** The next run of the CLI on a stack: the provider knows nothing of the last one. */
  async nextRun(stack: Lifecycle, id?: string): Promise<void> {
    stack.provider = await this.provider(id);
  }

  docker(...words: string[]): string {
    const all = ["-H", this.daemon.host, ...words];
    return execFileSync("docker", all, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  }

  /** Starts a container that the provider knows nothing of. */
  run(name: string, ...words: string[]): string {
    return this.docker("run", "-d", "--name", name, ...words, "slipway-test/busybox:1", "sleep", "1000");
  }

  async network(id: string): Promise<NetworkInspect> {
    const seen = await inspectNetwork(this.daemon.engine, id);
    if (seen === undefined) throw new Error(`There is no network ${id}.`);
    return seen;
  }

  async container(name: string): Promise<ContainerInspectResponse> {
    const seen = await inspectContainer(this.daemon.engine, name);
    if (seen === undefined) throw new Error(`There is no container ${name}.`);
    return seen;
  }

  /** Removes everything from the daemon, and ends the providers. */
  clear(): void {
    for (const provider of this.providers.splice(0)) provider.close();
    if (this.docker("info", "--format", "{{.Swarm.ControlAvailable}}") === "true") this.clearSwarm();
    const all = this.docker("ps", "-aq").split("\n").filter(Boolean);
    if (all.length > 0) this.removeContainers(all);
    this.docker("network", "prune", "-f");
    // A swarm removes its networks by and by.
    for (let tries = 0; tries < 100 && this.networks().some((name) => !swarmNetworks.includes(name)); tries++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      this.docker("network", "prune", "-f");
    }
    const volumes = this.volumes();
    if (volumes.length > 0) this.docker("volume", "rm", "-f", ...volumes);
  }

  private removeContainers(ids: readonly string[]): void {
    try {
      this.docker("rm", "-f", "-v", ...ids);
    } catch (error) {
      // Those of a service are removed by the swarm at the same time.
      if (!/already in progress|No such container/.test(String(error))) throw error;
    }
  }

  private clearSwarm(): void {
    for (const kind of ["service", "secret", "config"]) {
      const ids = this.docker(kind, "ls", "-q").split("\n").filter(Boolean);
      if (ids.length > 0) this.docker(kind, "rm", ...ids);
    }
  }

  /** Names of the volumes. */
  volumes(): string[] {
    return this.docker("volume", "ls", "-q").split("\n").filter(Boolean).sort();
  }

  /** Names of the networks beside those that every daemon has. */
  networks(): string[] {
    const names = this.docker("network", "ls", "--format", "{{.Name}}").split("\n");
    return names.filter((name) => !["bridge", "host", "none"].includes(name)).sort();
  }

  async stop(): Promise<void> {
    this.clear();
    await this.daemon.stop();
  }
}
