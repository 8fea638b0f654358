import type { Properties } from "../../../provider/value";
import { type SpelledService, task } from "./spelling";

/** A service whose top level holds more than a task. */
const top = (more: Properties): Properties => ({ ...task({}), ...more });

/** What stands beside the container: the task, and the service itself. */
export const taskSpellings: readonly SpelledService[] = [
  {
    input: "taskSpec.resources",
    source: "zero says nothing",
    spellings: [
      task({ resources: { limits: { memoryBytes: 67108864, nanoCpus: 0 }, reservation: { memoryBytes: 8388608 } } }),
      task({ resources: { reservation: { nanoCpus: 0, memoryBytes: 8388608 }, limits: { memoryBytes: 67108864 } } }),
    ],
    oracle: (_spec, t) => [t.Resources?.Limits?.MemoryBytes, t.Resources?.Reservations?.MemoryBytes],
    wanted: [67108864, 8388608],
    other: task({}),
    otherWanted: [undefined, undefined],
  },
  {
    input: "taskSpec.restartPolicy",
    source: "the swarm's defaults: any, five seconds, no limit",
    spellings: [task({ restartPolicy: { condition: "any", delay: "5s", maxAttempts: 0, window: "0s" } }), task({})],
    oracle: (_spec, t) => [t.RestartPolicy?.Condition ?? "any", t.RestartPolicy?.Delay ?? 5e9],
    wanted: ["any", 5e9],
    other: task({ restartPolicy: { condition: "on-failure", delay: "0s", maxAttempts: 3 } }),
    otherWanted: ["on-failure", 0],
  },
  {
    input: "taskSpec.placement",
    source: "the docker command: blanks in a constraint, spread= before a preference",
    spellings: [
      task({
        placement: {
          constraints: ["node.role==manager", "node.id != x"],
          prefs: ["spread=node.labels.zone"],
          platforms: [{ os: "linux", architecture: "amd64" }],
        },
      }),
      task({
        placement: {
          constraints: ["node.id!=x", "node.role == manager"],
          prefs: ["node.labels.zone"],
          platforms: [{ architecture: "amd64", os: "linux" }],
          maxReplicas: 0,
        },
      }),
    ],
    oracle: (_spec, t) => [t.Placement?.Preferences, t.Placement?.Platforms, t.Placement?.Constraints?.length],
    wanted: [[{ Spread: { SpreadDescriptor: "node.labels.zone" } }], [{ Architecture: "amd64", OS: "linux" }], 2],
    other: task({ placement: { maxReplicas: 2 } }),
    otherWanted: [undefined, undefined, undefined],
  },
  {
    input: "taskSpec.forceUpdate, runtime",
    source: "the swarm's defaults",
    spellings: [task({ forceUpdate: 0, runtime: "container" }), task({})],
    oracle: (_spec, t) => [t.ForceUpdate, t.Runtime],
    wanted: [0, "container"],
    other: task({ forceUpdate: 1 }),
    otherWanted: [1, "container"],
  },
  {
    input: "taskSpec.logDriver",
    source: "a map of options",
    spellings: [
      task({ logDriver: { name: "json-file", options: { "max-size": "1m", "max-file": "2" } } }),
      task({ logDriver: { options: { "max-file": "2", "max-size": "1m" }, name: "json-file" } }),
    ],
    oracle: (_spec, t) => t.LogDriver,
    wanted: { Name: "json-file", Options: { "max-size": "1m", "max-file": "2" } },
    other: task({}),
    otherWanted: undefined,
  },
  {
    input: "mode.replicated",
    source: "one replica is the default",
    spellings: [top({ mode: { replicated: { replicas: 1 } } }), top({ mode: { replicated: {} } })],
    oracle: (spec) => spec.Mode?.Replicated?.Replicas,
    wanted: 1,
    other: top({ mode: { replicated: { replicas: 2 } } }),
    otherWanted: 2,
  },
  {
    input: "labels",
    source: "schema: a set",
    spellings: [
      top({
        labels: [
          { label: "a", value: "1" },
          { label: "b", value: "2" },
        ],
      }),
      top({
        labels: [
          { label: "b", value: "2" },
          { label: "a", value: "1" },
        ],
      }),
    ],
    oracle: (spec) =>
      Object.fromEntries(Object.entries(spec.Labels ?? {}).filter(([name]) => !name.startsWith("io.slipway."))),
    wanted: { a: "1", b: "2" },
    other: top({}),
    otherWanted: {},
  },
  {
    input: "updateConfig, rollbackConfig",
    source: "schema's defaults; Go durations; ratios as text",
    spellings: [
      top({ updateConfig: { delay: "60s", maxFailureRatio: "0.10" }, rollbackConfig: { monitor: "5s" } }),
      top({ updateConfig: { delay: "1m0s", maxFailureRatio: "0.1", order: "stop-first", parallelism: 1 } }),
    ],
    oracle: (spec) => [
      spec.UpdateConfig?.Delay ?? 0,
      Number((spec.UpdateConfig?.MaxFailureRatio ?? 0).toFixed(3)),
      spec.RollbackConfig?.Monitor ?? 5e9,
    ],
    wanted: [60e9, 0.1, 5e9],
    other: top({ updateConfig: { parallelism: 0, failureAction: "continue", order: "start-first" } }),
    otherWanted: [0, 0, 5e9],
  },
  {
    input: "endpointSpec",
    source: "any case of the protocol; vip and ingress are the defaults",
    spellings: [
      top({
        endpointSpec: {
          mode: "vip",
          ports: [
            { targetPort: 80, publishedPort: 26301, protocol: "TCP" },
            { targetPort: 81, publishMode: "host", publishedPort: 26302 },
          ],
        },
      }),
      top({
        endpointSpec: {
          ports: [
            { targetPort: 81, publishedPort: 26302, publishMode: "host", protocol: "tcp" },
            { publishedPort: 26301, targetPort: 80, publishMode: "ingress" },
          ],
        },
      }),
    ],
    oracle: (spec) =>
      (spec.EndpointSpec?.Ports ?? [])
        .map((one) => `${one.PublishedPort}:${one.TargetPort}/${one.Protocol} ${one.PublishMode}`)
        .sort(),
    wanted: ["26301:80/tcp ingress", "26302:81/tcp host"],
    other: top({ endpointSpec: { mode: "dnsrr" } }),
    otherWanted: [],
  },
];
