import type { Project } from "../../compose/model/project";
import type { Service } from "../../compose/model/service";
import type { FileObject, ServiceFileObject, ServiceVolume } from "../../compose/model/volume";
import type { ContainerMount, EngineContainerArgs } from "../../resources/container";
import type { ContainerArgs, FileArgs, MountArgs } from "../container";
import type { Parts } from "./parts";
import { present } from "./present";
import { nonEmpty } from "./process";

/** What is mounted, in the component's words where those suffice. */
export function mountArgs(
  service: Service,
  project: Project,
  parts: Parts,
): Partial<Pick<ContainerArgs, "mounts" | "files">> {
  const mounts = volumesOf(service).flatMap((volume) => simple(volume, project, parts) ?? []);
  const files = filesOf(service, project, parts);
  return present<Pick<ContainerArgs, "mounts" | "files">>({
    mounts: nonEmpty([...mounts, ...(hasOptions(service) ? [] : tmpfsOf(service).map(([target]) => memory(target)))]),
    files: files.some(isOwned) ? undefined : nonEmpty(files.map(({ args }) => args)),
  });
}

/** What is mounted that only the Engine's own words say. */
export function mountEngine(service: Service, project: Project, parts: Parts): Partial<EngineContainerArgs> {
  const mounts = volumesOf(service).filter((volume) => !isOlder(volume));
  const files = filesOf(service, project, parts);
  const isRelabelled = volumesOf(service).some(({ bind }) => Boolean(bind?.selinux));
  const from = (service.volumes_from ?? []).map((spec) => ({ fromContainer: sourceOf(spec, parts) }));
  return present<EngineContainerArgs>({
    mounts: nonEmpty([...mounts.map((volume) => advanced(volume, parts, project)), ...boundFiles(service, project)]),
    tmpfs: hasOptions(service) ? Object.fromEntries(tmpfsOf(service)) : undefined,
    uploads: files.some(isOwned) ? files.map(uploadOf) : undefined,
    // `volumes` here takes the place of the simple mounts: they are repeated.
    volumes:
      from.length === 0 && !isRelabelled
        ? undefined
        : [...volumesOf(service).flatMap((one) => older(one, project, parts)), ...from],
  });
}

/** The volumes of a service; of several with one target the last counts, as in compose's map. */
function volumesOf(service: Service): readonly ServiceVolume[] {
  const byTarget = new Map((service.volumes ?? []).map((volume) => [volume.target ?? "", volume]));
  return [...byTarget.values()];
}

/** True for what goes the older way of the API, as in compose: a bind or named volume with no more than its mode. */
function isOlder(volume: ServiceVolume): boolean {
  return !needsMount(volume) && (volume.type === "bind" || (volume.type === "volume" && Boolean(volume.source)));
}

function simple(volume: ServiceVolume, project: Project, parts: Parts): MountArgs | undefined {
  if (!isOlder(volume)) return undefined;
  const { type, source = "", target = "" } = volume;
  const readOnly = volume.read_only === true ? { readOnly: true } : {};
  if (type === "bind") return { bind: source, target, ...readOnly, create: true };
  return { volume: project.volumes?.[source] === undefined ? source : parts.volume(source), target, ...readOnly };
}

/** The same in the words of docker.Container. */
function older(
  volume: ServiceVolume,
  project: Project,
  parts: Parts,
): NonNullable<EngineContainerArgs["volumes"]> & object[] {
  const mount = simple(volume, project, parts);
  if (mount === undefined || "tmpfs" in mount) return [];
  const rest = { containerPath: mount.target, ...(mount.readOnly === true ? { readOnly: true } : {}) };
  const relabel = volume.bind?.selinux ? { selinuxRelabel: volume.bind.selinux } : {};
  if ("bind" in mount) return [{ hostPath: mount.bind, createHostPath: true, ...rest, ...relabel }];
  const { source = "" } = volume;
  const name = project.volumes?.[source] === undefined ? source : parts.volumeName(source);
  return [{ volumeName: name, ...rest }];
}

/** What only the newer way says (docker/compose, create.go, `bindRequiresMountAPI`, `volumeRequiresMountAPI`). */
function needsMount({ bind, volume }: ServiceVolume): boolean {
  const isBind = bind?.create_host_path === false || Boolean(bind?.propagation) || Boolean(bind?.recursive);
  const labels = Object.keys(volume?.labels ?? {}).length > 0;
  return isBind || labels || Boolean(volume?.subpath) || volume?.nocopy === true;
}

function advanced(volume: ServiceVolume, parts: Parts, project: Project): ContainerMount {
  const { type, source, target = "", read_only, bind, tmpfs, image } = volume;
  const key = type === "volume" && source !== undefined ? source : undefined;
  const named = key === undefined || project.volumes?.[key] === undefined ? source : parts.volumeName(key);
  const labels = Object.entries(volume.volume?.labels ?? {}).map(([label, value]) => ({ label, value }));
  return {
    type,
    target,
    ...present<ContainerMount>({
      source: named === "" ? undefined : named,
      readOnly: read_only === true ? true : undefined,
      bindOptions: type === "bind" && bind !== undefined ? nonEmptyBlock(bindOptions(bind)) : undefined,
      volumeOptions: nonEmptyBlock(
        present({
          labels: nonEmpty(labels),
          noCopy: volume.volume?.nocopy === true ? true : undefined,
          subpath: volume.volume?.subpath || undefined,
        }),
      ),
      tmpfsOptions: nonEmptyBlock(
        present({ sizeBytes: Number(tmpfs?.size ?? 0) || undefined, mode: Number(tmpfs?.mode ?? 0) || undefined }),
      ),
      imageOptions: nonEmptyBlock(present({ subpath: image?.subpath || undefined })),
    }),
  };
}

/** Docker/compose, create.go, `buildBindOption`. */
function bindOptions(bind: NonNullable<ServiceVolume["bind"]>) {
  const { recursive } = bind;
  return present({
    propagation: bind.propagation || undefined,
    createHostPath: bind.create_host_path === false ? undefined : true,
    nonRecursive: recursive === "disabled" ? true : undefined,
    readOnlyNonRecursive: recursive === "writable" ? true : undefined,
    readOnlyForceRecursive: recursive === "readonly" ? true : undefined,
  });
}

function nonEmptyBlock<Block extends object>(block: Block): Block | undefined {
  return Object.keys(block).length === 0 ? undefined : block;
}

function isOwned({ owner, group }: OwnedFile): boolean {
  return owner !== undefined || group !== undefined;
}

/** Configs and secrets that are files of the host are bound read-only; owner and mode are the file's (compose warns). */
function boundFiles(service: Service, project: Project): ContainerMount[] {
  const taken = new Set(volumesOf(service).map(({ target }) => target));
  return (["secrets", "configs"] as const).flatMap((kind) =>
    (service[kind] ?? []).flatMap((use): ContainerMount[] => {
      const source = project[kind]?.[use.source ?? ""]?.file;
      const target = targetOf(kind, use);
      if (source === undefined || taken.has(target)) return [];
      taken.add(target);
      return [{ type: "bind", source, target, readOnly: true }];
    }),
  );
}

interface OwnedFile {
  readonly args: FileArgs;
  readonly owner: string | undefined;
  readonly group: string | undefined;
}

/** Configs and secrets whose content is known are copied in before the start, 0444 where nothing is said (secrets.go). */
function filesOf(service: Service, project: Project, parts: Parts): OwnedFile[] {
  return (["secrets", "configs"] as const).flatMap((kind) =>
    (service[kind] ?? []).flatMap((use): OwnedFile[] => {
      const key = use.source ?? "";
      if (!hasContent(project[kind]?.[key])) return [];
      const mode = use.mode === undefined ? 0o444 : Number.parseInt(use.mode, 8);
      const args = { path: targetOf(kind, use), content: parts.content(kind, key), mode };
      return [{ args, owner: use.uid || undefined, group: use.gid || undefined }];
    }),
  );
}

function uploadOf({ args, owner, group }: OwnedFile) {
  return {
    file: args.path,
    content: args.content,
    permissions: (args.mode ?? 0o444).toString(8).padStart(4, "0"),
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
  };
}

/** True for a config or secret whose content is in a variable or in the compose file. */
export function hasContent(object: FileObject | undefined): boolean {
  return object?.environment !== undefined || object?.content !== undefined;
}

function targetOf(kind: "configs" | "secrets", { source = "", target = source }: ServiceFileObject): string {
  const path = target === "" ? source : target;
  return path.startsWith("/") ? path : `${kind === "secrets" ? "/run/secrets/" : "/"}${path}`;
}

/** `tmpfs: [PATH[:OPTIONS]]`. */
function tmpfsOf(service: Service): (readonly [path: string, options: string])[] {
  return (service.tmpfs ?? []).map((text) => {
    const at = text.indexOf(":");
    return at < 0 ? ([text, ""] as const) : ([text.slice(0, at), text.slice(at + 1)] as const);
  });
}

function hasOptions(service: Service): boolean {
  return tmpfsOf(service).some(([, options]) => options !== "");
}

function memory(target: string): MountArgs {
  return { tmpfs: true, target };
}

/** `SERVICE[:ro]` or `container:NAME[:ro]`; compose drops the mode (convergence.go, `resolveVolumeFrom`). */
function sourceOf(spec: string, parts: Parts) {
  const [first = "", second = ""] = spec.split(":");
  return first === "container" ? second : parts.containerId(first);
}
