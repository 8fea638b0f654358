import type { Mount, ServiceSpec, ServiceSpecUpdateConfig, TaskSpec } from "@docker/node-sdk";
import { goDuration } from "../container/health-check";
import { labelList } from "../labels";
import { isEmpty, type Properties, type Value } from "../value";
import type { ContainerSpec } from "./container-body";

/** A service as a program would have to say it: every input that the swarm has a value for. */
export function inputsOf(spec: ServiceSpec): Properties {
  const task = spec.TaskTemplate ?? {};
  const ports = (spec.EndpointSpec?.Ports ?? []).map((port) =>
    told({
      name: port.Name,
      protocol: port.Protocol ?? "tcp",
      publishMode: port.PublishMode ?? "ingress",
      publishedPort: port.PublishedPort,
      targetPort: port.TargetPort,
    }),
  );
  const isGlobal = spec.Mode?.Global !== undefined && spec.Mode.Global !== null;
  return told({
    endpointSpec: told({ mode: spec.EndpointSpec?.Mode, ports }),
    labels: labelList(spec.Labels),
    mode: isGlobal ? { global: true } : { replicated: { replicas: spec.Mode?.Replicated?.Replicas ?? 1 } },
    name: spec.Name,
    rollbackConfig: rollOutOf(spec.RollbackConfig),
    taskSpec: taskOf(task),
    updateConfig: rollOutOf(spec.UpdateConfig),
  });
}

function taskOf(task: TaskSpec): Properties {
  const { Limits: limits, Reservations: reservations } = task.Resources ?? {};
  const generic = reservations?.GenericResources ?? [];
  const placement = task.Placement ?? {};
  const restart = task.RestartPolicy ?? {};
  return told({
    containerSpec: containerOf(task.ContainerSpec ?? {}),
    forceUpdate: task.ForceUpdate,
    logDriver: told({ name: task.LogDriver?.Name, options: task.LogDriver?.Options ?? null }),
    networksAdvanceds: (task.Networks ?? []).map((network) =>
      told({
        aliases: network.Aliases,
        driverOpts: Object.entries(network.DriverOpts ?? {}).map(([key, value]) => `${key}=${value}`),
        name: network.Target,
      }),
    ),
    placement: told({
      constraints: placement.Constraints,
      maxReplicas: placement.MaxReplicas,
      platforms: (placement.Platforms ?? []).map((one) => told({ architecture: one.Architecture, os: one.OS })),
      prefs: (placement.Preferences ?? []).map((one) => one.Spread?.SpreadDescriptor ?? ""),
    }),
    resources: told({
      limits: told({ memoryBytes: limits?.MemoryBytes, nanoCpus: limits?.NanoCPUs }),
      reservation: told({
        genericResources: told({
          discreteResourcesSpecs: generic.flatMap(({ DiscreteResourceSpec: one }) =>
            one === undefined ? [] : [`${one.Kind}=${one.Value}`],
          ),
          namedResourcesSpecs: generic.flatMap(({ NamedResourceSpec: one }) =>
            one === undefined ? [] : [`${one.Kind}=${one.Value}`],
          ),
        }),
        memoryBytes: reservations?.MemoryBytes,
        nanoCpus: reservations?.NanoCPUs,
      }),
    }),
    restartPolicy: told({
      condition: restart.Condition,
      delay: durationOf(restart.Delay),
      maxAttempts: restart.MaxAttempts,
      window: durationOf(restart.Window),
    }),
    runtime: task.Runtime,
  });
}

function containerOf(spec: ContainerSpec): Properties {
  const { CredentialSpec: credential, SELinuxContext: context } = spec.Privileges ?? {};
  const health = spec.Healthcheck ?? spec.HealthCheck ?? {};
  return told({
    args: spec.Args,
    capAdds: spec.CapabilityAdd,
    capDrops: spec.CapabilityDrop,
    commands: spec.Command,
    configs: (spec.Configs ?? []).map((one) =>
      told({ configId: one.ConfigID, configName: one.ConfigName, ...fileOf(one.File) }),
    ),
    dir: spec.Dir,
    dnsConfig: told({
      nameservers: spec.DNSConfig?.Nameservers,
      options: spec.DNSConfig?.Options,
      searches: spec.DNSConfig?.Search,
    }),
    env: Object.fromEntries(
      (spec.Env ?? []).map((entry) => [entry.replace(/=.*/s, ""), entry.replace(/^[^=]*=?/, "")]),
    ),
    groups: spec.Groups,
    healthcheck: isEmpty(health.Test)
      ? null
      : told({
          interval: durationOf(health.Interval ?? 0),
          retries: health.Retries,
          startPeriod: durationOf(health.StartPeriod ?? 0),
          tests: health.Test,
          timeout: durationOf(health.Timeout ?? 0),
        }),
    hostname: spec.Hostname,
    hosts: (spec.Hosts ?? []).map((entry) => ({ host: entry.replace(/^\S+\s+/, ""), ip: entry.replace(/\s.*$/, "") })),
    image: spec.Image,
    init: spec.Init,
    isolation: spec.Isolation,
    labels: labelList(spec.Labels),
    mounts: (spec.Mounts ?? []).map(mountOf),
    privileges: told({
      credentialSpec: told({ file: credential?.File, registry: credential?.Registry }),
      seLinuxContext: told({
        disable: context?.Disable,
        level: context?.Level,
        role: context?.Role,
        type: context?.Type,
        user: context?.User,
      }),
    }),
    readOnly: spec.ReadOnly,
    secrets: (spec.Secrets ?? []).map((one) =>
      told({ ...fileOf(one.File), secretId: one.SecretID, secretName: one.SecretName }),
    ),
    stopGracePeriod: durationOf(spec.StopGracePeriod),
    stopSignal: spec.StopSignal,
    sysctl: spec.Sysctls,
    user: spec.User,
  });
}

function fileOf(file: { Name?: string; UID?: string; GID?: string; Mode?: number } = {}): Properties {
  return { fileGid: file.GID ?? "0", fileMode: file.Mode ?? 0, fileName: file.Name ?? "", fileUid: file.UID ?? "0" };
}

function mountOf(mount: Mount): Properties {
  const volume = mount.VolumeOptions;
  const tmpfs = mount.TmpfsOptions;
  return told({
    bindOptions: told({ propagation: mount.BindOptions?.Propagation }),
    readOnly: mount.ReadOnly,
    source: mount.Source,
    target: mount.Target,
    tmpfsOptions: told({ mode: tmpfs?.Mode, sizeBytes: tmpfs?.SizeBytes }),
    type: mount.Type,
    volumeOptions: told({
      driverName: volume?.DriverConfig?.Name,
      driverOptions: volume?.DriverConfig?.Options,
      labels: labelList(volume?.Labels),
      noCopy: volume?.NoCopy,
    }),
  });
}

function rollOutOf(config: ServiceSpecUpdateConfig | undefined): Properties | null {
  if (config === undefined) return null;
  return {
    delay: goDuration(config.Delay ?? 0),
    failureAction: config.FailureAction ?? "pause",
    maxFailureRatio: ratioOf(config.MaxFailureRatio ?? 0),
    monitor: goDuration(config.Monitor ?? 0),
    order: config.Order ?? "stop-first",
    parallelism: config.Parallelism ?? 0,
  };
}

/** One digit at least, as the official plugin writes it; the swarm keeps it in single precision. */
function ratioOf(ratio: number): string {
  const text = String(Number(ratio.toPrecision(6)));
  return text.includes(".") ? text : `${text}.0`;
}

function durationOf(nanoseconds: number | undefined): string | undefined {
  return nanoseconds === undefined ? undefined : goDuration(nanoseconds);
}

/** The properties that say something: what the swarm has no value for is left out. */
function told(properties: { readonly [name: string]: Value | undefined }): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => !isEmpty(value) && value !== ""));
}
