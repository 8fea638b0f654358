import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Properties } from "../../provider/value";
import type { PrivateDaemon } from "./dockerd";
import { InitFailure, ProviderUnderTest } from "./provider";

/** What a resource has come to: id, inputs and state, as the engine would keep them. */
export interface Made {
  readonly id: string;
  readonly inputs: Properties;
  readonly state: Properties;
}

/** One docker.Image behind the provider's wire, with a folder of its own as the program's; the engine's part is played here. */
export class ImageUnderTest {
  readonly folder = mkdtempSync(join(tmpdir(), "slipway-image-"));
  private made: Made | undefined;
  private isUnfinished = false;

  private constructor(
    readonly daemon: PrivateDaemon,
    private provider: ProviderUnderTest,
    readonly name: string,
  ) {}

  static async start(daemon: PrivateDaemon, name = "app"): Promise<ImageUnderTest> {
    const provider = await ProviderUnderTest.start(daemon.engine, "docker:index/image:Image");
    return new ImageUnderTest(daemon, provider, name);
  }

  /** A new run of the engine: a provider process serves one only. */
  async nextRun(): Promise<void> {
    this.provider.close();
    this.provider = await ProviderUnderTest.start(this.daemon.engine, "docker:index/image:Image");
  }

  get current(): Made {
    if (this.made === undefined) throw new Error("Nothing was made yet.");
    return this.made;
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true });
      writeFileSync(join(this.folder, name), text);
    }
  }

  /** Check as the engine calls it; faults are thrown. */
  async check(inputs: Properties): Promise<Properties> {
    const build = typeof inputs["build"] === "object" && inputs["build"] !== null ? inputs["build"] : {};
    const news = { buildOnPreview: false, ...inputs, build: { context: this.folder, ...build } };
    const { inputs: checked, failures } = await this.provider.check(this.name, news, this.made?.inputs);
    if (failures.length > 0) throw new Error(failures.join("\n"));
    return checked;
  }

  /** `pulumi preview`: what would change, the planned state, and what was said. */
  async preview(inputs: Properties): Promise<{ changes: readonly string[]; state: Properties; said: string[] }> {
    await this.nextRun();
    const old = await this.refreshed();
    const checked = await this.check(inputs);
    if (old === undefined) {
      const { state } = await this.provider.create(this.name, checked, true);
      return { changes: ["create"], state, said: await this.provider.said() };
    }
    const { detailed } = await this.provider.diff(this.name, old.id, old.inputs, checked, old.state);
    const changes = Object.keys(detailed);
    if (changes.length === 0) return { changes, state: old.state, said: await this.provider.said() };
    const state = await this.provider.update(this.name, old.id, old.inputs, checked, old.state, true);
    return { changes, state, said: await this.provider.said() };
  }

  /** `pulumi up`: refresh, check, diff, and the step that follows. @returns what was said */
  async up(inputs: Properties): Promise<string[]> {
    await this.nextRun();
    const old = await this.refreshed();
    const checked = await this.check(inputs);
    if (old === undefined) {
      try {
        const { id, state } = await this.provider.create(this.name, checked);
        this.made = { id, inputs: checked, state };
      } catch (error) {
        this.isUnfinished = error instanceof InitFailure;
        if (error instanceof InitFailure) this.made = { id: error.id, inputs: checked, state: error.state };
        throw error;
      }
      return await this.provider.said();
    }
    const { detailed } = await this.provider.diff(this.name, old.id, old.inputs, checked, old.state);
    if (Object.keys(detailed).length === 0 && !this.isUnfinished) {
      this.made = { ...old, inputs: checked };
      return await this.provider.said();
    }
    const state = await this.provider.update(this.name, old.id, old.inputs, checked, old.state);
    this.made = { id: old.id, inputs: checked, state };
    this.isUnfinished = false;
    return await this.provider.said();
  }

  /** `pulumi destroy`. */
  async destroy(): Promise<string[]> {
    await this.nextRun();
    const { id, inputs, state } = this.current;
    await this.provider.delete(this.name, id, inputs, state);
    this.made = undefined;
    return await this.provider.said();
  }

  /** What the engine sends on Ctrl-C. */
  cancel(): Promise<void> {
    return this.provider.cancel();
  }

  /** Every tag on the daemon with its image's id, `<none>` included. */
  async tags(): Promise<Record<string, string>> {
    const images = await this.daemon.engine.json<{ Id: string; RepoTags: string[] | null }[]>("GET", "/images/json");
    const named = images.flatMap(({ Id, RepoTags }) => {
      const tags = (RepoTags ?? []).filter((tag) => tag !== "<none>:<none>");
      return tags.length === 0 ? [[`<none> ${Id}`, Id]] : tags.map((tag) => [tag, Id]);
    });
    return Object.fromEntries(named);
  }

  remove(): void {
    this.provider.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Takes over a state that something else made, such as the official plugin. */
  adopt(made: Made): void {
    this.made = made;
  }

  private async refreshed(): Promise<Made | undefined> {
    if (this.made === undefined) return undefined;
    const { id, inputs, state } = this.made;
    const read = await this.provider.read(this.name, id, inputs, state);
    return read.id === "" ? undefined : read;
  }
}
