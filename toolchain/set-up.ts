import type { Engine } from "../daemon/client";
import { SlipwayError } from "../values/fault";
import { connectDaemon, ensureDaemon } from "./daemon";
import { ensureDynamicProvider, hasDynamicProvider } from "./dynamic-provider";
import { pulumiHome } from "./environment";
import { ensureLanguageHost, findLanguageHost, type HostedCli } from "./language-host";
import { ensurePulumi, findPulumi, type PulumiCli } from "./pulumi-cli";
import { pulumiVersion } from "./pulumi-version";
import type { Report } from "./report";

/** Something that has to be there before a deployment, and how to bring it about. */
export interface Step {
  /** What it is, what it is for, and how long it takes when there is something to do. */
  readonly title: string;
  /** Brings it about, or finds it; answers what it is now, in a few words. */
  run(report: Report): Promise<string>;
}

/** What a deployment runs on. */
export interface Tools extends HostedCli {
  readonly engine: Engine;
}

/** The tools when all of them are there and nothing has to be made; makes nothing. */
export async function findTools(): Promise<Tools | undefined> {
  const [cli, engine] = await Promise.all([findPulumi(), connectDaemon().catch(() => undefined)]);
  const hosted = cli === undefined ? undefined : findLanguageHost(cli, pulumiHome());
  if (hosted === undefined || engine === undefined || !hasDynamicProvider(hosted, pulumiHome())) return undefined;
  return { ...hosted, engine };
}

/** Finds the tools or makes them, step by step. */
export class SetUp {
  private cli: PulumiCli | undefined;
  private hosted: HostedCli | undefined;
  private engine: Engine | undefined;

  readonly steps: readonly Step[] = [
    {
      title: `Pulumi CLI ${pulumiVersion} or newer, which plans and applies: found, downloaded (a minute) or built (5 minutes)`,
      run: async (report) => {
        this.cli = await ensurePulumi(report);
        return `Pulumi CLI ${this.cli.version}: ${this.cli.path}`;
      },
    },
    {
      title: "Language host, which runs TypeScript programs for it (under a second)",
      run: async () => {
        this.hosted = ensureLanguageHost(present(this.cli), pulumiHome());
        ensureDynamicProvider(this.hosted, pulumiHome());
        return `Language host (${this.hosted.host.origin}): ${this.hosted.host.path}`;
      },
    },
    {
      title: "Docker daemon, which runs the containers: found, or started (a few seconds)",
      run: async (report) => {
        this.engine = await ensureDaemon(report);
        const { url, source } = this.engine.endpoint;
        return `Docker daemon: ${url} (from ${source}), API ${this.engine.apiVersion}`;
      },
    },
  ];

  /** What the steps made, once all have run. */
  get tools(): Tools {
    return { ...present(this.hosted), engine: present(this.engine) };
  }
}

function present<T>(value: T | undefined): T {
  if (value !== undefined) return value;
  throw new SlipwayError({ subject: "Set-up", problem: "was asked for a tool before the step that brings it" });
}
