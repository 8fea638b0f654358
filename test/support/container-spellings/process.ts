import { compose, config, contract, docs, host, run, type Spelled, spelling } from "./spelling";

/** What runs. Words in angle brackets stand for what the test makes. */
export const processSpellings: readonly Spelled[] = [
  {
    input: "command",
    spellings: [
      spelling({ command: ["sleep", "1001"] }, config({ Cmd: ["sleep", "1001"] }), docs("command")),
      spelling(
        { command: ["sh", "-c", "exec sleep 1001"] },
        config({ Cmd: ["sh", "-c", "exec sleep 1001"] }),
        run("IMAGE sh -c"),
      ),
      spelling(
        { command: ["sh", "-c", "exec sleep 1001", ""] },
        config({ Cmd: ["sh", "-c", "exec sleep 1001", ""] }),
        "an empty word, which the official plugin refuses (compose-facts.md)",
      ),
    ],
  },
  {
    input: "domainname",
    spellings: [
      spelling({ domainname: "example.test" }, config({ Domainname: "example.test" }), run("--domainname")),
      spelling(
        { domainname: "", hostname: "web.example.test" },
        config({ Domainname: "", Hostname: "web.example.test" }),
        "a full host name",
      ),
    ],
  },
  {
    input: "entrypoints",
    spellings: [
      spelling(
        { entrypoints: ["/bin/sleep"], command: ["1001"] },
        config({ Entrypoint: ["/bin/sleep"], Cmd: ["1001"] }),
        docs("entrypoints"),
      ),
      spelling(
        { entrypoints: ["sleep", "1001"], command: [] },
        config({ Entrypoint: ["sleep", "1001"] }),
        run("--entrypoint"),
      ),
      spelling(
        { entrypoints: [] },
        config({ Cmd: ["sleep", "1000"] }),
        "an empty list is nothing (the official plugin)",
      ),
    ],
  },
  {
    input: "envs",
    same: true,
    spellings: [
      spelling(
        { envs: ["A=1", "B=x=y", "C=", "D"] },
        config({ Env: ["A=1", "B=x=y", "C=", "D", "PATH=/bin"] }),
        run("-e"),
      ),
      spelling({ envs: ["D", "C=", "B=x=y", "A=1", "A=1"] }, config({}), "a set for the official plugin"),
    ],
  },
  {
    input: "envs",
    spellings: [
      spelling({ envs: ["PATH=/bin", "A=1"] }, config({ Env: ["PATH=/bin", "A=1"] }), "what the image says too, said"),
    ],
  },
  {
    input: "healthcheck",
    same: true,
    spellings: [
      spelling(
        { healthcheck: { tests: ["CMD", "true"], interval: "60s", timeout: "1500ms", retries: 2 } },
        config({ Healthcheck: { Test: ["CMD", "true"], Interval: 6e10, Timeout: 1.5e9, Retries: 2 } }),
        docs("healthcheck"),
      ),
      spelling(
        { healthcheck: { tests: ["CMD", "true"], interval: "1m0s", timeout: "1.5s", retries: 2, startPeriod: "0s" } },
        config({ Healthcheck: { Interval: 6e10, Timeout: 1.5e9 } }),
        "reconciliation.md, C5",
      ),
      spelling(
        { healthcheck: { tests: ["CMD", "true"], interval: "1m", timeout: "1s500ms", retries: 2 } },
        config({}),
        compose("durations"),
      ),
    ],
  },
  {
    input: "healthcheck",
    spellings: [
      spelling(
        { healthcheck: { tests: ["NONE"] } },
        config({ Healthcheck: { Test: ["NONE"] } }),
        run("--no-healthcheck"),
      ),
      spelling(
        { healthcheck: { tests: ["CMD-SHELL", "true"], startPeriod: "5s", startInterval: "2s" } },
        config({ Healthcheck: { Test: ["CMD-SHELL", "true"], StartPeriod: 5e9 } }),
        "an Engine before 25 drops startInterval, and it is said",
      ),
    ],
  },
  {
    input: "hostname",
    spellings: [
      spelling({ hostname: "web" }, config({ Hostname: "web" }), run("--hostname")),
      spelling({ hostname: "web.example.test" }, config({ Hostname: "web.example.test" }), "RFC 1123"),
      spelling({ hostname: "" }, {}, "an empty text is nothing (the official plugin)"),
    ],
  },
  {
    input: "image",
    spellings: [
      spelling({ image: "slipway-test/busybox:1" }, { Image: "<IMAGE>" }, docs("image")),
      spelling(
        { image: "docker.io/slipway-test/busybox:1" },
        { Image: "<IMAGE>" },
        "docker's reference grammar, in full",
      ),
      spelling({ image: "<IMAGE>" }, { Image: "<IMAGE>" }, docs("image")),
    ],
  },
  {
    input: "init",
    spellings: [
      spelling({ init: true }, host({ Init: true }), run("--init")),
      spelling({ init: false }, host({ Init: false }), docs("init")),
    ],
  },
  {
    input: "labels",
    same: true,
    spellings: [
      spelling(
        {
          labels: [
            { label: "a", value: "1" },
            { label: "b", value: "" },
          ],
        },
        config({ Labels: { a: "1", b: "" } }),
        run("--label"),
      ),
      spelling(
        {
          labels: [
            { value: "", label: "b" },
            { label: "a", value: "1" },
          ],
        },
        config({ Labels: { a: "1", b: "" } }),
        "a set for the official plugin",
      ),
    ],
  },
  {
    input: "logDriver",
    spellings: [
      spelling({ logDriver: "json-file" }, host({ LogConfig: { Type: "json-file" } }), "the daemon's own, said"),
      spelling({ logDriver: "local" }, host({ LogConfig: { Type: "local" } }), run("--log-driver")),
      spelling({ logDriver: "none" }, host({ LogConfig: { Type: "none" } }), run("--log-driver none")),
    ],
  },
  {
    input: "logOpts",
    same: true,
    spellings: [
      spelling(
        { logOpts: { "max-size": "10m", "max-file": "3" } },
        host({ LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } } }),
        run("--log-opt"),
      ),
      spelling(
        { logOpts: { "max-file": "3", "max-size": "10m" } },
        host({ LogConfig: { Config: { "max-file": "3" } } }),
        "a map has no order",
      ),
    ],
  },
  {
    input: "platform",
    spellings: [
      spelling({ platform: "linux/<ARCH>" }, { Platform: "linux" }, contract),
      spelling({ platform: "linux" }, { Platform: "linux" }, "what `docker inspect` says"),
      spelling({ platform: "Linux/<ARCH>" }, { Platform: "linux" }, "containerd, platforms.Normalize"),
    ],
  },
  {
    input: "stdinOpen",
    spellings: [
      spelling({ stdinOpen: true }, config({ OpenStdin: true }), run("-i")),
      spelling({ stdinOpen: false }, config({ OpenStdin: false }), "the default, said"),
    ],
  },
  {
    input: "stopSignal",
    same: true,
    spellings: [
      spelling({ stopSignal: "SIGUSR1" }, config({ StopSignal: "SIGUSR1" }), run("--stop-signal")),
      spelling({ stopSignal: "USR1" }, config({ StopSignal: "USR1" }), "moby/sys/signal takes the name without SIG"),
      spelling({ stopSignal: "10" }, config({ StopSignal: "10" }), "moby/sys/signal takes the number"),
    ],
  },
  {
    input: "stopTimeout",
    spellings: [
      spelling({ stopTimeout: 5 }, config({ StopTimeout: 5 }), run("--stop-timeout")),
      spelling({ stopTimeout: 0 }, config({ StopTimeout: 0 }), "no time at all"),
    ],
  },
  {
    input: "tty",
    spellings: [
      spelling({ tty: true }, config({ Tty: true }), run("-t")),
      spelling({ tty: false }, config({ Tty: false }), "the default, said"),
    ],
  },
  {
    input: "user",
    spellings: [
      spelling({ user: "1000" }, config({ User: "1000" }), docs("user")),
      spelling({ user: "1000:1000" }, config({ User: "1000:1000" }), docs("user")),
    ],
  },
  {
    input: "workingDir",
    same: true,
    spellings: [
      spelling({ workingDir: "/tmp" }, config({ WorkingDir: "/tmp" }), run("--workdir")),
      spelling({ workingDir: "/tmp/" }, config({ WorkingDir: "/tmp" }), contract),
      spelling({ workingDir: "//tmp/." }, config({ WorkingDir: "/tmp" }), "path_resolution(7)"),
    ],
  },
];
