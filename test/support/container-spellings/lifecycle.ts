import { docs, host, run, type Spelled, spelling } from "./spelling";

/** When it runs and when it goes. Words in angle brackets stand for what the test makes. */
export const lifecycleSpellings: readonly Spelled[] = [
  {
    input: "attach",
    spellings: [
      spelling({ attach: true, command: ["true"] }, { State: { Status: "exited", ExitCode: 0 } }, docs("attach")),
      spelling({ attach: false }, { State: { Status: "running" } }, docs("attach")),
    ],
  },
  {
    input: "containerReadRefreshTimeoutMilliseconds",
    spellings: [
      spelling({ containerReadRefreshTimeoutMilliseconds: 15000 }, {}, "recordings, default"),
      spelling({ containerReadRefreshTimeoutMilliseconds: 1000 }, {}, "recordings, c-flags-only"),
    ],
  },
  {
    input: "destroyGraceSeconds",
    spellings: [
      spelling({ destroyGraceSeconds: 0 }, {}, docs("destroyGraceSeconds")),
      spelling({ destroyGraceSeconds: 1 }, {}, "recordings, c-stop"),
    ],
  },
  {
    input: "logs",
    spellings: [
      spelling({ logs: true, attach: true, command: ["echo", "hi"] }, { State: { Status: "exited" } }, docs("logs")),
      spelling({ logs: false }, {}, docs("logs")),
    ],
  },
  {
    input: "mustRun",
    spellings: [
      spelling({ mustRun: true }, { State: { Running: true } }, docs("mustRun")),
      spelling({ mustRun: false, command: ["true"], attach: true }, { State: { Running: false } }, docs("mustRun")),
    ],
  },
  {
    input: "name",
    spellings: [
      spelling({ name: "spelled-name" }, { Name: "/spelled-name" }, run("--name")),
      spelling({ name: "Spelled_name.2" }, { Name: "/Spelled_name.2" }, "moby, RestrictedNamePattern"),
    ],
  },
  {
    input: "removeVolumes",
    spellings: [
      spelling({ removeVolumes: true }, {}, docs("removeVolumes")),
      spelling({ removeVolumes: false }, {}, docs("removeVolumes")),
    ],
  },
  {
    input: "rm",
    spellings: [
      spelling({ rm: true }, host({ AutoRemove: true }), run("--rm")),
      spelling({ rm: false }, host({ AutoRemove: false }), "the default, said"),
    ],
  },
  {
    input: "start",
    spellings: [
      spelling({ start: true }, { State: { Status: "running" } }, docs("start")),
      spelling({ start: false }, { State: { Running: false } }, docs("start")),
    ],
  },
  {
    input: "wait",
    spellings: [
      spelling(
        { wait: true, healthcheck: { tests: ["CMD", "true"], interval: "1s" } },
        { State: { Health: { Status: "healthy" } } },
        docs("wait"),
      ),
      spelling({ wait: false }, {}, "the default, said"),
    ],
  },
  {
    input: "waitTimeout",
    spellings: [
      spelling({ waitTimeout: 5 }, {}, docs("waitTimeout")),
      spelling({ waitTimeout: 60 }, {}, "the default, said"),
    ],
  },
];
