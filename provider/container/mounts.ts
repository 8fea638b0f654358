import { posix } from "node:path";
import type { ContainerCreateRequest, HostConfig, Mount } from "@docker/node-sdk";
import { parseBytes } from "../../values/quantity";
import { flagOf, isObject, listOf, mapOf, numberOf, objectOf, type Properties, textOf, type Value } from "../value";
import { type ContainerRules, type Look, labelList, labelMap, mapRule } from "./look";
import { compact, given, givenMap } from "./sparse";

/** Volumes, binds, tmpfs mounts and the size of the writable layer. */
export const mountRules = {
  mounts: {
    on: "replace",
    unordered: true,
    sets: ["labels"],
    meaning: (value) => listOf(value).map((item) => mountMeaning(objectOf(item))),
    has: ({ container }, declared): Value => [
      ...(container.HostConfig?.Mounts ?? []).map((mount): Value => mountBlock(mount)),
      ...listOf(declared).flatMap((item): Value[] => {
        const bind = bindOfMount(objectOf(item));
        return bind !== undefined && bindsOf(container).includes(bind) ? [item] : [];
      }),
    ],
  },
  storageOpts: mapRule((host) => host.StorageOpt),
  tmpfs: {
    on: "replace",
    meaning: (value) =>
      Object.fromEntries(Object.entries(mapOf(value)).map(([path, options]) => [clean(path), tmpfsMeaning(options)])),
    has: ({ container }) => givenMap(container.HostConfig?.Tmpfs ?? {}),
  },
  volumes: {
    on: "replace",
    unordered: true,
    meaning: (value) => listOf(value).map((item) => volumeMeaning(objectOf(item))),
    has: volumesOf,
  },
} satisfies ContainerRules;

/** The volumes without a name, which the Engine makes anew. */
export function mountBody(inputs: Properties): Pick<ContainerCreateRequest, "Volumes"> {
  const anonymous = listOf(inputs["volumes"]).map(objectOf).filter(isAnonymous);
  const paths = anonymous.map((block) => [textOf(block["containerPath"]) ?? "", {}] as const);
  return paths.length === 0 ? {} : { Volumes: Object.fromEntries(paths) };
}

/** Everything else that is mounted. */
export function mountHost(inputs: Properties): HostConfig {
  const volumes = listOf(inputs["volumes"]).map(objectOf);
  const mounts = listOf(inputs["mounts"]).map(objectOf);
  return compact<HostConfig>({
    Binds: given([
      ...volumes.flatMap((block) => bindOf(block) ?? []),
      ...mounts.flatMap((block) => bindOfMount(block) ?? []),
    ]),
    Mounts: given(mounts.filter((block) => bindOfMount(block) === undefined).map(mountOf)),
    StorageOpt: givenMap(mapOf(inputs["storageOpts"])),
    Tmpfs: givenMap(mapOf(inputs["tmpfs"])),
    VolumesFrom: given(volumes.flatMap((block) => textOf(block["fromContainer"]) ?? [])),
  });
}

/** Folders of the host that must be there, with the path of the input that names them. */
export function hostFolders(inputs: Properties): { readonly path: string; readonly folder: string }[] {
  const binds = listOf(inputs["volumes"]).flatMap((item, index) => {
    const block = objectOf(item);
    const folder = textOf(block["hostPath"]);
    const made = flagOf(block["createHostPath"]) === true;
    return folder === undefined || made ? [] : [{ path: `volumes[${index}].hostPath`, folder }];
  });
  const mounts = listOf(inputs["mounts"]).flatMap((item, index) => {
    const block = objectOf(item);
    const folder = textOf(block["source"]);
    const made = flagOf(objectOf(block["bindOptions"])["createHostPath"]) === true;
    return block["type"] !== "bind" || folder === undefined || made
      ? []
      : [{ path: `mounts[${index}].source`, folder }];
  });
  return [...binds, ...mounts];
}

/** A path in the container in its shortest form. */
export function clean(path: string): string {
  const short = posix.normalize(path);
  return short.length > 1 ? short.replace(/\/+$/, "") : short;
}

/** True for a name that the Engine made up for a volume without one. */
export function isAnonymousName(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

function isAnonymous(block: Properties): boolean {
  const hasSource = textOf(block["hostPath"]) ?? textOf(block["volumeName"]);
  return hasSource === undefined && textOf(block["containerPath"]) !== undefined;
}

function bindOf(block: Properties): string | undefined {
  const source = textOf(block["hostPath"]) ?? textOf(block["volumeName"]);
  const target = textOf(block["containerPath"]);
  if (source === undefined || target === undefined) return undefined;
  const relabel = textOf(block["selinuxRelabel"]);
  const options = [...(flagOf(block["readOnly"]) === true ? ["ro"] : []), ...(relabel === undefined ? [] : [relabel])];
  return bindText(source, target, options);
}

/** A bind mount whose source the daemon may make: only the older form of the Engine API does that in every version. */
function bindOfMount(block: Properties): string | undefined {
  const options = objectOf(block["bindOptions"]);
  if (block["type"] !== "bind" || flagOf(options["createHostPath"]) !== true) return undefined;
  const propagation = textOf(options["propagation"]);
  const words = [
    ...(flagOf(block["readOnly"]) === true ? ["ro"] : []),
    ...(propagation === undefined ? [] : [propagation]),
  ];
  return bindText(textOf(block["source"]) ?? "", textOf(block["target"]) ?? "", words);
}

function bindText(source: string, target: string, options: readonly string[]): string {
  return `${source}:${target}${options.length === 0 ? "" : `:${options.join(",")}`}`;
}

function mountOf(block: Properties): Mount {
  const bind = objectOf(block["bindOptions"]);
  const volume = objectOf(block["volumeOptions"]);
  const tmpfs = objectOf(block["tmpfsOptions"]);
  const driver = textOf(volume["driverName"]);
  return compact<Mount>({
    Type: textOf(block["type"]) as Mount["Type"],
    Source: textOf(block["source"]),
    Target: textOf(block["target"]),
    ReadOnly: flagOf(block["readOnly"]),
    BindOptions: givenMap(
      compact({
        Propagation: textOf(bind["propagation"]) as "private" | undefined,
        NonRecursive: flagOf(bind["nonRecursive"]),
        ReadOnlyNonRecursive: flagOf(bind["readOnlyNonRecursive"]),
        ReadOnlyForceRecursive: flagOf(bind["readOnlyForceRecursive"]),
      }),
    ),
    ImageOptions: givenMap(compact({ Subpath: textOf(objectOf(block["imageOptions"])["subpath"]) })),
    TmpfsOptions: givenMap(
      compact({ SizeBytes: numberOf(tmpfs["sizeBytes"]) || undefined, Mode: numberOf(tmpfs["mode"]) || undefined }),
    ),
    VolumeOptions: givenMap(
      compact({
        NoCopy: flagOf(volume["noCopy"]),
        Subpath: textOf(volume["subpath"]),
        Labels: givenMap(labelMap(volume["labels"])),
        DriverConfig: driver === undefined ? undefined : { Name: driver, Options: mapOf(volume["driverOptions"]) },
      }),
    ),
  });
}

function mountBlock(mount: Mount): Properties {
  const { BindOptions: bind, VolumeOptions: volume, TmpfsOptions: tmpfs, ImageOptions: image } = mount;
  return compact<Record<string, Value>>({
    type: mount.Type ?? "",
    // A made-up name is that of a volume without one, made by the Engine or carried over from the predecessor.
    source: isAnonymousName(mount.Source ?? "") ? undefined : mount.Source || undefined,
    target: mount.Target ?? "",
    readOnly: mount.ReadOnly === true ? true : undefined,
    bindOptions: givenMap(
      compact<Record<string, Value>>({
        propagation: bind?.Propagation || undefined,
        createHostPath: bind?.CreateMountpoint || undefined,
        nonRecursive: bind?.NonRecursive || undefined,
        readOnlyNonRecursive: bind?.ReadOnlyNonRecursive || undefined,
        readOnlyForceRecursive: bind?.ReadOnlyForceRecursive || undefined,
      }),
    ),
    imageOptions: givenMap(compact<Record<string, Value>>({ subpath: image?.Subpath || undefined })),
    tmpfsOptions: givenMap(
      compact<Record<string, Value>>({ sizeBytes: tmpfs?.SizeBytes || undefined, mode: tmpfs?.Mode || undefined }),
    ),
    volumeOptions: givenMap(
      compact<Record<string, Value>>({
        driverName: volume?.DriverConfig?.Name || undefined,
        driverOptions: givenMap(volume?.DriverConfig?.Options ?? {}),
        labels: given(labelList(volume?.Labels ?? {})),
        noCopy: volume?.NoCopy || undefined,
        subpath: volume?.Subpath || undefined,
      }),
    ),
  });
}

function mountMeaning(block: Properties): Value {
  const target = textOf(block["target"]);
  return {
    type: textOf(block["type"])?.toLowerCase() ?? block["type"] ?? null,
    source: sourceOf(textOf(block["source"])) ?? null,
    target: target === undefined ? (block["target"] ?? null) : clean(target),
    readOnly: flagOf(block["readOnly"]) === true ? true : null,
    bindOptions: said(block["bindOptions"]),
    imageOptions: said(block["imageOptions"]),
    tmpfsOptions: said(block["tmpfsOptions"]),
    volumeOptions: said(block["volumeOptions"]),
  };
}

/** A block without what means the same as nothing. */
function said(value: Value | undefined): Value {
  if (!isObject(value)) return null;
  const entries = Object.entries(value).filter(([, item]) => item !== false && item !== 0 && item !== "");
  return Object.fromEntries(entries.map(([name, item]) => [name, item ?? null]));
}

function volumeMeaning(block: Properties): Value {
  const from = textOf(block["fromContainer"]);
  const target = textOf(block["containerPath"]);
  const source = textOf(block["hostPath"]) ?? textOf(block["volumeName"]);
  return {
    fromContainer: from?.replace(/:rw$/, "") ?? null,
    source: source === undefined ? null : (sourceOf(source) ?? null),
    target: target === undefined ? null : clean(target),
    readOnly: flagOf(block["readOnly"]) === true ? true : null,
    selinuxRelabel: textOf(block["selinuxRelabel"]) ?? null,
  };
}

function sourceOf(source: string | undefined): string | undefined {
  return source?.startsWith("/") === true ? clean(source) : source;
}

function tmpfsMeaning(options: string): Value {
  const words = options.split(",").filter((word) => word !== "" && word !== "rw");
  return words
    .map((word) => {
      const size = /^size=(.+)$/.exec(word)?.[1];
      const bytes = size === undefined ? undefined : parseBytes(size);
      return bytes === undefined ? word.replace(/^mode=0+(?=\d)/, "mode=") : `size=${bytes}`;
    })
    .sort()
    .join(",");
}

function bindsOf(container: Look["container"]): readonly string[] {
  return container.HostConfig?.Binds ?? [];
}

/**
 * The volumes of the older form. A volume with a made-up name is one without a name: either the Engine made it, or it was
 * carried over from the predecessor; where the image asks for it, the program need not.
 */
function volumesOf({ container, image, inputs }: Look, declared: Value | undefined): Value {
  const host = container.HostConfig ?? {};
  const asked = listOf(declared).map(objectOf);
  const mounted = listOf(inputs["mounts"]).flatMap((item) => bindOfMount(objectOf(item)) ?? []);
  const targets = new Set<string>((host.Mounts ?? []).map(({ Target = "" }) => clean(Target)));
  const found: Properties[] = [];
  const addAnonymous = (path: string): void => {
    const target = clean(path);
    if (targets.has(target)) return;
    targets.add(target);
    const isAsked = asked.some((block) => isAnonymous(block) && clean(textOf(block["containerPath"]) ?? "") === target);
    const isInherited = Object.keys(image?.Volumes ?? {}).some((inherited) => clean(inherited) === target);
    if (isAsked || !isInherited) found.push({ containerPath: path });
  };
  const anonymous: string[] = [];
  for (const bind of bindsOf(container)) {
    const [source = "", target = "", words = ""] = splitBind(bind);
    if (mounted.includes(bind)) targets.add(clean(target));
    else if (isAnonymousName(source)) anonymous.push(target);
    else {
      targets.add(clean(target));
      const options = words.split(",");
      const relabel = options.find((word) => word === "z" || word === "Z");
      found.push({
        containerPath: target,
        ...(source.startsWith("/") ? { hostPath: source } : { volumeName: source }),
        ...(options.includes("ro") ? { readOnly: true } : {}),
        ...(relabel === undefined ? {} : { selinuxRelabel: relabel }),
      });
    }
  }
  for (const path of [...anonymous, ...Object.keys(container.Config?.Volumes ?? {})]) addAnonymous(path);
  return [...found, ...(host.VolumesFrom ?? []).map((from) => ({ fromContainer: from }))];
}

/** Source, target and options of a bind: `SOURCE:TARGET[:OPTIONS]`. */
function splitBind(bind: string): string[] {
  return bind.split(":");
}
