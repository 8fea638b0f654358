/** One `up` of both tools: what it is called with, and what is looked at after it. */
export interface EndStep {
  /** Variables of the shell. @default none */
  readonly env?: Readonly<Record<string, string>>;
  /** The compose files. @default those of the scenario */
  readonly files?: readonly string[];
  /** Files of variables. @default none are named */
  readonly envFiles?: readonly string[];
  readonly profiles?: readonly string[];
  readonly scale?: Readonly<Record<string, number>>;
  /** The only services. @default all */
  readonly services?: readonly string[];
  readonly allResources?: boolean;
  /** Further words for compose's `up`, and for `pulumi up`. @default none */
  readonly words?: { readonly compose?: readonly string[]; readonly pulumi?: readonly string[] };
  /** Both refuse it, or fail at it; a number: on an Engine of an API before 1.N only. @default false */
  readonly fails?: boolean | number;
  /** A shell command in a container, and what it prints, after both. @default none */
  readonly runs?: { readonly container: string; readonly command: string; readonly says: string };
}

/** Compose files, one after the other brought up by both tools. */
export interface EndScenario {
  /** Folder of the corpus; without one, of the fixtures of `slipway import`. */
  readonly folder?: string;
  /** @default compose.yaml */
  readonly files?: readonly string[];
  /** @default one plain `up` */
  readonly steps?: readonly EndStep[];
  /** Why compose leaves something else, by what of its state that is. @default it does not */
  readonly differs?: Readonly<Record<string, RegExp>>;
  /** Compose leaves what it made before it came upon what it refuses; here nothing is made. @default false */
  readonly leavesHalf?: boolean;
  /** Volumes that are on the daemon before. */
  readonly volumes?: readonly string[];
  /** Files that are put beside those of the folder. */
  readonly besides?: Readonly<Record<string, string>>;
}

const builtImage = {
  "the image is built by another builder, and so has another id": /\.Labels\.com\.docker\.compose\.image(\.builder)?:/,
};
/** What the corpus asks by `docker compose run -e`; busybox here has no `printenv`. */
const besides = {
  "plain.yaml": "services: {env-compose-priority: {command: [sh, -c, 'echo $$WHEREAMI']}}\n",
  "asked.yaml": "services: {env-compose-priority: {command: [sh, -c, 'echo $$WHEREAMI'], environment: [WHEREAMI]}}\n",
};
const asked = ["compose.yaml", "asked.yaml"];

/** Every scenario of the corpus (`daemon/*.json`), by its name there, and one of our own. */
export const endScenarios: Readonly<Record<string, EndScenario>> = {
  everyday: {},
  adopt: { folder: "testdata/TestScaleBasicCases", steps: [{}, { env: { MAYBE: "value" } }] },
  aliases: { folder: "testdata/TestNetworkAliases" },
  allresources: { folder: "testdata/TestUpWithAllResources", steps: [{ fails: true }, { allResources: true }] },
  anonvol: {
    // The corpus names its file and does not hold it.
    folder: "testdata/TestUpSwitchVolumes",
    files: ["anon.yaml"],
    besides: { "anon.yaml": "services: {a: {image: alpine, init: true, command: sleep infinity, volumes: [/data]}}\n" },
    steps: [
      { runs: { container: "h3-anonvol-a-1", command: "echo keep > /data/k; cat /data/k", says: "keep\n" } },
      {
        words: { compose: ["--force-recreate"], pulumi: ["--replace", "**docker:index/container:Container::p-a-1"] },
        runs: { container: "h3-anonvol-a-1", command: "cat /data/k", says: "keep\n" },
      },
      // Compose's third step is `-V`, which throws the data away. Nothing here does that.
    ],
  },
  compat: { folder: "testdata/TestCompatibility", steps: [{ env: { COMPOSE_COMPATIBILITY: "true" } }] },
  depexit: {
    folder: "testdata/TestUpWithDependencyExit",
    steps: [{ fails: true }],
    differs: { "compose leaves the dependents created and not started; here they are not made": /^containers/ },
  },
  depoptional: { folder: "testdata/TestUpWithDependencyNotRequired", steps: [{}] },
  envfilepriority: {
    folder: "testdata/TestEnvPriority",
    files: asked,
    besides,
    steps: [{ envFiles: [".env.override"] }, {}],
    differs: builtImage,
  },
  envpriority: {
    folder: "testdata/TestEnvPriority",
    files: ["compose.yaml", "plain.yaml"],
    besides,
    steps: [{ env: { WHEREAMI: "shell" } }, { files: asked, env: { WHEREAMI: "shell" }, envFiles: [".env.override"] }],
    differs: builtImage,
  },
  expose: { folder: "testdata/TestExposeRange" },
  hashnochange: { folder: "testdata/TestRecreateWithNoDeps", steps: [{}, {}] },
  ifname: { folder: "testdata/TestInterfaceName", steps: [{ fails: 49 }] },
  imagevol: { folder: "testdata/TestImageVolume", steps: [{ fails: 48 }] },
  initcontainer: { folder: "testdata/TestInitContainer" },
  ipam: { folder: "testdata/TestIPAMConfig" },
  links: { folder: "testdata/TestNetworkLinks" },
  mac: {
    folder: "testdata/TestMacAddress",
    differs: { "before API 1.44 compose asks for no address; here it is given": /Mac/ },
  },
  netrecreate: {
    folder: "fixtures/network-recreate",
    steps: [{}, { env: { FOO: "bar" } }],
    differs: { "compose connects the container again without its names; here it keeps them": /\.Aliases/ },
  },
  netmodeservice: { folder: "testdata/TestNetworkModes" },
  orphans: {
    folder: "testdata/TestRemoveOrphaned",
    besides: { "web.yaml": "services: {web: {image: alpine, init: true, command: sleep infinity}}\n" },
    // What a program no longer says goes, as with `--remove-orphans`; without it compose warns and leaves it.
    steps: [{}, { files: ["web.yaml"], words: { compose: ["--remove-orphans"] } }],
  },
  portrange: { folder: "testdata/TestPortRange" },
  poststart: { folder: "testdata/TestPostStartHookSuccess" },
  poststarterr: {
    folder: "testdata/TestPostStartHookInError",
    steps: [{ fails: true }],
    differs: { "compose leaves the container running; here it is removed": /^containers/ },
  },
  prestart: { folder: "testdata/TestPreStartHookSequentialOrder" },
  profileoff: { folder: "testdata/TestExplicitProfileUsage", steps: [{}, { profiles: ["test-profile"] }] },
  profiletarget: { folder: "testdata/TestUpProfile", steps: [{ profiles: ["test"] }] },
  rawenv: { folder: "testdata/TestRawEnvFile" },
  recreatevol: { folder: "testdata/TestUpRecreateVolumes" },
  restartdep: { folder: "fixtures/restart-test", files: ["compose-depends-on.yaml"] },
  scale: { folder: "testdata/TestScaleBasicCases", steps: [{}, { scale: { dbadmin: 2, front: 3 } }, {}] },
  startinterval: {
    folder: "testdata/TestStartInterval",
    steps: [{ fails: true }, { services: ["test"] }],
    leavesHalf: true,
    differs: { "here `up` waits until it is healthy": /\.State\.Health:/ },
  },
  switchvol: {
    folder: "testdata/TestUpSwitchVolumes",
    steps: [{ env: { EXTERNAL_VOLUME: "h3-ext1" } }, { env: { EXTERNAL_VOLUME: "h3-ext2" } }],
    volumes: ["h3-ext1", "h3-ext2"],
  },
  unnecessary: { folder: "testdata/TestUnnecessaryResources", steps: [{ services: ["test"] }, { fails: true }] },
  upconflict: {
    folder: "testdata/TestUpContainerNameConflict",
    steps: [{ fails: true, env: { FIXED_NAME: "h3-fixed" } }],
  },
  waitdeps: { folder: "testdata/TestStartStopWithDependencies" },
};
