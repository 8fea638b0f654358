import { spelled } from "./container-spellings/world";
import { TestFile } from "./test-file";

/** The package as its own declarations have it (bin/schema): each resource with its inputs, the functions, the settings. */
export interface Package {
  readonly resources: ReadonlyMap<string, readonly string[]>;
  readonly functions: readonly string[];
  readonly settings: readonly string[];
}

/** A test, and which inputs or settings it shows. */
interface Shown {
  /** From test/, without `.test.ts`. */
  readonly file: string;
  /** The test's title, or a part of it that no other test of the file has. */
  readonly title: string;
  readonly names: readonly string[];
}

/** One line of the table. */
export interface Row {
  readonly kind: "resource" | "function" | "setting" | "container input" | "input of the others";
  readonly name: string;
  /** The tests that show it; empty where nothing does. */
  readonly tests: readonly string[];
  /** Why there is no test, where that is known. */
  readonly why?: string;
}

const by = (file: string, title: string, names = ""): Shown => ({
  file,
  title,
  names: names.split(" ").filter(Boolean),
});

const spellings = "daemon/container-idempotence";
const builders = "daemon/buildx-builder";
const swarmData = "daemon/swarm-data";

/** Each resource and the tests that show it and its inputs. */
export const resourceTests: Readonly<Record<string, readonly Shown[]>> = {
  "docker:index/buildxBuilder:BuildxBuilder": [
    by(builders, "is made with the remote driver", "driver endpoint name node platforms use"),
    by(
      builders,
      "hands every option of the docker-container driver",
      "buildkitConfig buildkitFlags dockerContainer driverOptions",
    ),
    by(builders, "adds a node to a builder that is there", "append"),
    by(builders, "hands the options of the kubernetes driver over", "kubernetes"),
    by(builders, "has the options of the remote driver, and is started at once", "bootstrap remote"),
  ],
  "docker:index/container:Container": [by(spellings, "…: … spellings")],
  "docker:index/image:Image": [
    by("daemon/image", "C8, C9: a preview names files, Dockerfile lines", "build imageName skipPush"),
    by("daemon/image", "E5: buildOnPreview builds in preview", "buildOnPreview"),
    by("daemon/image-push", "pushes once, says so in one line", "registry"),
  ],
  "docker:index/network:Network": [
    by(
      "daemon/network-inputs",
      "…: settled in every spelling",
      "attachable driver ingress internal ipamConfigs ipamDriver ipamOptions ipv6 labels options",
    ),
    by("daemon/network-inputs", "name: given, or generated and kept", "name"),
  ],
  "docker:index/plugin:Plugin": [
    by("daemon/plugin", "is installed, set, switched on and off", "alias enabled envs grantAllPermissions name"),
    by("daemon/plugin", "C10: permissions that were not granted", "grantPermissions"),
  ],
  "docker:index/registryImage:RegistryImage": [
    by("daemon/registry-image", "keepRemotely leaves it in the registry", "keepRemotely"),
    by("daemon/registry-image", "a login of its own goes first", "authConfig"),
    by("daemon/registry-image", "a changed trigger pushes", "name triggers"),
    by("daemon/registry-image", "is built and pushed in one", "build"),
  ],
  "docker:index/remoteImage:RemoteImage": [
    by("daemon/remote-image", "with its tags, arguments and labels", "build"),
    by("daemon/remote-image", "by force from stopped containers", "forceRemove"),
    by("daemon/remote-image", "not where keepLocally says so", "keepLocally"),
    by("daemon/remote-image", "of the platform that is asked for", "name platform"),
    by("daemon/remote-image", "from the daemon first", "pullTriggers triggers"),
  ],
  "docker:index/secret:Secret": [by(swarmData, "reaches the tasks of a service", "data labels name")],
  "docker:index/service:Service": [
    by(
      "daemon/service-inputs",
      "…: settled in every spelling",
      "endpointSpec labels mode name rollbackConfig taskSpec updateConfig",
    ),
    by("daemon/service", "C6: labels, credentials and waiting touch no task", "auth convergeConfig"),
  ],
  "docker:index/serviceConfig:ServiceConfig": [
    by(swarmData, "reaches the tasks of a service", "data labels name"),
    by(swarmData, "data and dataRaw say the same", "dataRaw"),
  ],
  "docker:index/tag:Tag": [
    by("daemon/tag", "gives a name, and takes it off again", "sourceImage targetImage"),
    by("daemon/tag", "tagTriggers: a changed one", "tagTriggers"),
  ],
  "docker:index/volume:Volume": [
    by("daemon/volume", "…: settled in every spelling", "driver driverOpts labels name"),
    by("daemon/volume", "cluster: an Engine before 23", "cluster"),
  ],
};

/** Inputs that no test passes by name, and what is known of them. Whoever writes the test takes its input off. */
const openInputs: Readonly<Record<string, { readonly names: string; readonly why: string }>> = {
  "docker:index/plugin:Plugin": {
    names: "enableTimeout forceDestroy forceDisable",
    why: "only as far as the official plugin's recordings pass it",
  },
  "docker:index/registryImage:RegistryImage": {
    names: "insecureSkipVerify",
    why: "only as far as the official plugin's recordings pass it",
  },
};

const functionTests: Readonly<Record<string, readonly Shown[]>> = {
  "docker:index/getLogs:getLogs": [by("daemon/get-functions", "getLogs answers both streams")],
  "docker:index/getNetwork:getNetwork": [by("daemon/get-functions", "getNetwork answers the daemon's own bridge")],
  "docker:index/getPlugin:getPlugin": [by("daemon/registry-recordings", "…")],
  "docker:index/getRegistryImage:getRegistryImage": [by("daemon/registry-recordings", "…")],
  "docker:index/getRegistryImageManifests:getRegistryImageManifests": [by("daemon/registry-recordings", "…")],
  "docker:index/getRemoteImage:getRemoteImage": [by("daemon/registry-recordings", "…")],
};

const settings = "unit/provider/settings";
const settingTests: readonly Shown[] = [
  by("e2e/provider-settings", "two instances in one program, each on its own daemon", "host"),
  by(settings, "E4: credentials are secret by themselves", "caMaterial certMaterial keyMaterial registryAuth"),
  by(settings, "names a context that is not there, and certificates", "certPath context"),
  by("daemon/transport", "is let in with a folder of certificates", "certPath"),
  by(settings, "names every fault at once", "disableDockerDaemonCheck sshOpts"),
  by("daemon/transport", "reaches the daemon that the far side's environment names", "sshOpts"),
];

/** Which test shows what of the package, and everything that is wrong with that. */
export class Coverage {
  readonly rows: readonly Row[];
  /** What the table says and is not so. */
  readonly problems: readonly string[];

  constructor(sdk: Package) {
    const problems: string[] = [];
    const files = new TestFiles(problems);
    this.rows = [
      ...[...sdk.resources.keys()].map((token) => resourceRow(token, files)),
      ...sdk.functions.map((token): Row => {
        const shown = functionTests[token] ?? [];
        return { kind: "function", name: last(token), tests: shown.map((one) => files.showing(one, token)) };
      }),
      ...sdk.settings.map((name): Row => ({ kind: "setting", name, tests: files.passing(settingTests, name) })),
      ...[...sdk.resources].flatMap(([token, inputs]) =>
        last(token) === "Container" ? inputs.map(containerRow) : inputs.flatMap((name) => inputRow(token, name, files)),
      ),
    ];
    // The other way round: the package has no more what the table speaks of.
    const known = [
      [Object.keys(resourceTests), [...sdk.resources.keys()]],
      [Object.keys(functionTests), sdk.functions],
      [settingTests.flatMap(({ names }) => names), sdk.settings],
      [spelled.map(({ input }) => input), sdk.resources.get("docker:index/container:Container") ?? []],
      ...Object.entries(resourceTests).map(([token, shown]) => [
        [...shown.flatMap(({ names }) => names), ...(openInputs[token]?.names.split(" ") ?? [])],
        sdk.resources.get(token) ?? [],
      ]),
    ] as const;
    for (const [named, there] of known)
      for (const name of named.filter((one) => !there.includes(one))) problems.push(`${name} is not in the package`);
    this.problems = [...new Set(problems)];
  }

  /** `10 of 12 resources`, and so on: those that a test shows. */
  counts(): string {
    return [...new Set(this.rows.map(({ kind }) => kind))]
      .map((kind) => {
        const all = this.rows.filter((row) => row.kind === kind);
        const words = kind.startsWith("input ") ? kind.replace("input", "inputs") : `${kind}s`;
        return `${all.filter(({ tests }) => tests.length > 0).length} of ${all.length} ${words}`;
      })
      .join(", ");
  }

  /** The table, a line each. */
  table(): string {
    const width = Math.max(...this.rows.map(({ name }) => name.length));
    const kinds = [...new Set(this.rows.map(({ kind }) => kind))];
    return kinds
      .map((kind) => {
        const lines = this.rows
          .filter((row) => row.kind === kind)
          .map(({ name, tests, why }) => {
            const shown = tests.length > 0 ? tests.join("; ") : (why ?? "no test");
            return `  ${name.padEnd(width)}  ${shown}`;
          });
        return [kind, ...lines].join("\n");
      })
      .join("\n");
  }
}

function resourceRow(token: string, files: TestFiles): Row {
  const shown = resourceTests[token] ?? [];
  const row = { kind: "resource", name: last(token) } as const;
  return { ...row, tests: [...new Set(shown.map((one) => files.showing(one, token)))].slice(0, 1) };
}

/** The entry in the table of spellings is the test: each is run on a real daemon, under a title that begins with the input. */
function containerRow(name: string): Row {
  const count = spelled.filter(({ input }) => input === name).flatMap((one) => one.spellings).length;
  return {
    kind: "container input",
    name,
    tests: count < 2 ? [] : [`test/${spellings}.test.ts: ${name}: ${count} spellings`],
  };
}

function inputRow(token: string, input: string, files: TestFiles): Row[] {
  const shown = resourceTests[token] ?? [];
  const row = { kind: "input of the others", name: `${last(token)}.${input}` } as const;
  const open = openInputs[token];
  const tests = files.passing(shown, input);
  if (open === undefined || !open.names.split(" ").includes(input)) return [{ ...row, tests }];
  return [{ ...row, tests, why: open.why }];
}

/** The test files that the table names, each read once. */
class TestFiles {
  private readonly read = new Map<string, TestFile | undefined>();

  constructor(private readonly problems: string[]) {}

  /** The test that shows a resource or function: its file has to speak of it. */
  showing(shown: Shown, token: string): string {
    const name = last(token);
    const words = [token, token.replace("docker:index/", ""), ...(name.startsWith("get") ? [name] : [])];
    const program = new RegExp(`\\bdocker\\.${name}(Output)?\\(`);
    const file = this.file(shown);
    if (file?.says(words, program) === false) this.problems.push(`${file.path} does not speak of ${token}`);
    return this.titled(shown);
  }

  /** The tests that show an input or setting: each has to write a property of that name into an object. */
  passing(shown: readonly Shown[], name: string): string[] {
    return shown
      .filter(({ names }) => names.includes(name))
      .map((one) => {
        const found = this.cases(one);
        if (found.length === 1 && found[0]?.properties.has(name) !== true)
          this.problems.push(`${this.titled(one)} does not pass ${name}`);
        return this.titled(one);
      });
  }

  private titled(shown: Shown): string {
    const found = this.cases(shown);
    const path = `test/${shown.file}.test.ts`;
    if (found.length !== 1) this.problems.push(`${path} has ${found.length} tests "${shown.title}" that run`);
    // Its titles are the recordings' own; where those are not beside the checkout, it is named as not run.
    return shown.title === "…"
      ? `${path}, on the official plugin's recordings`
      : `${path}: ${found[0]?.title ?? shown.title}`;
  }

  private cases(shown: Shown): TestFile["cases"] {
    const cases = this.file(shown)?.cases ?? [];
    const exact = cases.filter(({ title }) => title === shown.title);
    return exact.length > 0 ? exact : cases.filter(({ title }) => title.includes(shown.title));
  }

  private file({ file }: Shown): TestFile | undefined {
    if (!this.read.has(file)) this.read.set(file, TestFile.at(`test/${file}.test.ts`));
    return this.read.get(file);
  }
}

function last(token: string): string {
  return token.replace(/.*:/, "");
}
