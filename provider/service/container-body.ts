import type { Mount, TaskSpecContainerSpec } from "@docker/node-sdk";
import { nanoseconds } from "../container/health-check";
import { capability } from "../container/isolation";
import { compact, given, givenMap } from "../container/sparse";
import { labelsOf } from "../labels";
import {
  flagOf,
  isEmpty,
  listOf,
  mapOf,
  numberOf,
  objectOf,
  type Properties,
  textOf,
  textsOf,
  type Value,
} from "../value";

/** What the tasks of a service run. The Engine's own type spells `Healthcheck` as its documentation does, not as it is sent. */
export type ContainerSpec = TaskSpecContainerSpec & { readonly Healthcheck?: TaskSpecContainerSpec["HealthCheck"] };

/** The container of a task, for checked inputs. */
export function containerBody(inputs: Properties): ContainerSpec {
  const env = Object.entries(mapOf(inputs["env"])).map(([name, value]) => `${name}=${value}`);
  const hosts = listOf(inputs["hosts"]).map(objectOf);
  return compact<ContainerSpec>({
    Image: textOf(inputs["image"]),
    Labels: givenMap(labelsOf(inputs)),
    Command: given(textsOf(inputs["commands"])),
    Args: given(textsOf(inputs["args"])),
    Hostname: textOf(inputs["hostname"]),
    Env: given(env),
    Dir: textOf(inputs["dir"]),
    User: textOf(inputs["user"]),
    Groups: given(textsOf(inputs["groups"])),
    Privileges: privilegesBody(inputs["privileges"]),
    ReadOnly: flagOf(inputs["readOnly"]),
    Mounts: given(listOf(inputs["mounts"]).map((item) => mountBody(objectOf(item)))),
    StopSignal: textOf(inputs["stopSignal"]),
    StopGracePeriod: nanoseconds(inputs["stopGracePeriod"]),
    Healthcheck: healthBody(inputs["healthcheck"]),
    Hosts: given(hosts.map((host) => `${textOf(host["ip"])} ${textOf(host["host"])}`)),
    DNSConfig: dnsBody(inputs["dnsConfig"]),
    Secrets: given(
      listOf(inputs["secrets"]).map((item) => {
        const block = objectOf(item);
        const reference = { SecretID: textOf(block["secretId"]), SecretName: textOf(block["secretName"]) };
        return compact({ File: fileBody(block), ...reference });
      }),
    ),
    Configs: given(
      listOf(inputs["configs"]).map((item) => {
        const block = objectOf(item);
        const reference = { ConfigID: textOf(block["configId"]), ConfigName: textOf(block["configName"]) };
        return compact({ File: fileBody(block), ...reference });
      }),
    ),
    Isolation: textOf(inputs["isolation"]) as "default" | undefined,
    Init: flagOf(inputs["init"]),
    Sysctls: givenMap(mapOf(inputs["sysctl"])),
    CapabilityAdd: given(textsOf(inputs["capAdds"]).map(capability)),
    CapabilityDrop: given(textsOf(inputs["capDrops"]).map(capability)),
  });
}

function fileBody(block: Properties): { Name: string; UID: string; GID: string; Mode: number } {
  return {
    Name: textOf(block["fileName"]) ?? "",
    UID: textOf(block["fileUid"]) ?? "0",
    GID: textOf(block["fileGid"]) ?? "0",
    Mode: numberOf(block["fileMode"]) ?? 0o444,
  };
}

function healthBody(value: Value | undefined): ContainerSpec["Healthcheck"] {
  const block = objectOf(value);
  const tests = textsOf(block["tests"]);
  if (tests.length === 0) return undefined;
  return compact({
    Test: tests,
    Interval: nanoseconds(block["interval"]) || undefined,
    Timeout: nanoseconds(block["timeout"]) || undefined,
    StartPeriod: nanoseconds(block["startPeriod"]) || undefined,
    Retries: numberOf(block["retries"]) || undefined,
  });
}

function dnsBody(value: Value | undefined): ContainerSpec["DNSConfig"] {
  if (isEmpty(value)) return undefined;
  const block = objectOf(value);
  return compact<NonNullable<ContainerSpec["DNSConfig"]>>({
    Nameservers: given(textsOf(block["nameservers"])),
    Search: given(textsOf(block["searches"])),
    Options: given(textsOf(block["options"])),
  });
}

function privilegesBody(value: Value | undefined): ContainerSpec["Privileges"] {
  if (isEmpty(value)) return undefined;
  const credential = objectOf(objectOf(value)["credentialSpec"]);
  const context = objectOf(objectOf(value)["seLinuxContext"]);
  return compact<NonNullable<ContainerSpec["Privileges"]>>({
    CredentialSpec: isEmpty(credential)
      ? undefined
      : compact({ File: textOf(credential["file"]), Registry: textOf(credential["registry"]) }),
    SELinuxContext: isEmpty(context)
      ? undefined
      : compact({
          Disable: flagOf(context["disable"]),
          User: textOf(context["user"]),
          Role: textOf(context["role"]),
          Type: textOf(context["type"]),
          Level: textOf(context["level"]),
        }),
  });
}

function mountBody(block: Properties): Mount {
  const volume = objectOf(block["volumeOptions"]);
  const tmpfs = objectOf(block["tmpfsOptions"]);
  const propagation = textOf(objectOf(block["bindOptions"])["propagation"]);
  const driver = textOf(volume["driverName"]);
  const options = givenMap(mapOf(volume["driverOptions"]));
  return compact<Mount>({
    Type: textOf(block["type"]) as Mount["Type"],
    Source: textOf(block["source"]),
    Target: textOf(block["target"]),
    ReadOnly: flagOf(block["readOnly"]) || undefined,
    BindOptions: propagation === undefined ? undefined : { Propagation: propagation as "private" },
    VolumeOptions: isEmpty(volume)
      ? undefined
      : compact<NonNullable<Mount["VolumeOptions"]>>({
          NoCopy: flagOf(volume["noCopy"]) || undefined,
          Labels: givenMap(labelsOf(volume)),
          DriverConfig:
            driver === undefined && options === undefined ? undefined : compact({ Name: driver, Options: options }),
        }),
    TmpfsOptions: isEmpty(tmpfs)
      ? undefined
      : compact({ SizeBytes: numberOf(tmpfs["sizeBytes"]), Mode: numberOf(tmpfs["mode"]) }),
  });
}
