import type { Readable } from "node:stream";
import { isSlipwayError, messageOf, SlipwayError } from "../values/fault";
import { buildFailure, buildSubject } from "./build-failure";
import { BuildLog, type FailedStep } from "./build-log";
import { openSession, type SessionEngine, type SessionOffer } from "./build-session";
import { statusOfTrace } from "./build-status";
import { ClassicBuildLog } from "./classic-build-log";
import { type BuildContext, readContext } from "./context";
import { messagesOf } from "./messages";
import { headerText, type Login } from "./registry-login";

/** What a build needs of the Engine client. */
export interface BuildEngine extends SessionEngine {
  /** Sends a request; resolves with the body of a successful answer. */
  stream(
    method: "POST",
    path: string,
    options: {
      readonly query?: Readonly<Record<string, unknown>>;
      readonly body?: Readable;
      readonly headers?: Readonly<Record<string, string>>;
      readonly signal?: AbortSignal;
    },
  ): Promise<Readable>;
}

/** What to build, and how. */
export interface BuildOptions {
  /** The context directory, relative to `root` or absolute, or a context that was read already. */
  readonly context: string | BuildContext;
  /** The Dockerfile, relative to `root`. @default `<context>/Dockerfile` */
  readonly dockerfile?: string;
  /** The program's directory. @default the working directory */
  readonly root?: string;
  /** The daemon's builder: BuildKit, or the classic one that came before it. @default "buildkit" */
  readonly builder?: "buildkit" | "classic";
  /** Names the image gets. */
  readonly tags?: readonly string[];
  /** Values of `ARG`. Not for secrets: they stay in the image's history and BuildKit shows them in the names of steps. */
  readonly args?: Readonly<Record<string, string>>;
  /** The stage to stop at. @default the last one */
  readonly target?: string;
  /** `os/arch[/variant]`. @default the daemon's own */
  readonly platform?: string;
  /** Extra lines of `/etc/hosts` while building, `name:address`. */
  readonly extraHosts?: readonly string[];
  /** The network of `RUN` steps: `default`, `none` or `host`. */
  readonly networkMode?: string;
  /** Images whose layers may be used as cache. */
  readonly cacheFrom?: readonly string[];
  /** Labels of the image. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Runs every step again. @default false */
  readonly noCache?: boolean;
  /** Asks the registry for the newest base images, also where the daemon has them. @default false */
  readonly pull?: boolean;
  /** Size of `/dev/shm` in `RUN` steps, in bytes. @default the daemon's, 64 MiB */
  readonly shmSize?: number;
  /** Limits of the processes of `RUN` steps. */
  readonly ulimits?: readonly Ulimit[];
  /** What the containers of `RUN` steps may use; the classic builder alone keeps it. */
  readonly resources?: BuildResources;
  /** Makes one layer of all that the build adds; needs a daemon with experimental features. @default false */
  readonly squash?: boolean;
  /** What the build may ask its client for; a session is opened where there is something (BuildKit only). */
  readonly offer?: SessionOffer;
  /** Logins by registry host, for the classic builder, which takes them with the request. */
  readonly logins?: Readonly<Record<string, Login>>;
  /** Texts that never show in the log or in an error: they are replaced by `[secret]`. */
  readonly secrets?: readonly string[];
}

/** What the containers of the classic builder's steps may use, as `docker build` names it. */
export interface BuildResources {
  /** The cgroup that they are put under. */
  readonly cgroupParent?: string;
  /** In microseconds. */
  readonly cpuPeriod?: number;
  /** Microseconds of processor time in a period. */
  readonly cpuQuota?: number;
  /** Processors, such as `0-2`. */
  readonly cpuSetCpus?: string;
  /** Memory nodes, such as `0`. */
  readonly cpuSetMems?: string;
  /** Weight beside other containers. */
  readonly cpuShares?: number;
  /** In bytes. */
  readonly memory?: number;
  /** Memory and swap together, in bytes; -1 is "no limit". */
  readonly memorySwap?: number;
}

/** One limit, in the kernel's unit; -1 is "no limit". */
export interface Ulimit {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

/** What a build made. */
export interface BuiltImage {
  /** `sha256:…`, the image's id on the daemon. */
  readonly imageId: string;
}

/** Builds an image. Each line of progress goes to `onLog`; an aborted `signal` stops the build on the daemon too. */
export async function buildImage(
  engine: BuildEngine,
  options: BuildOptions,
  onLog: (line: string) => void = () => {},
  signal?: AbortSignal,
): Promise<BuiltImage> {
  const context = await contextOf(options);
  const classic = options.builder === "classic";
  const needsSession = !classic && options.offer !== undefined && offers(options.offer);
  const session = needsSession ? await openSession(engine, options.offer ?? {}, signal) : undefined;
  const body = context.tar();
  try {
    const answer = await engine.stream("POST", "/build", {
      query: { ...queryOf(options, context), ...(session === undefined ? {} : { session: session.id }) },
      body,
      headers: { "content-type": "application/x-tar", ...loginsHeader(options) },
      ...(signal === undefined ? {} : { signal }),
    });
    return await follow(answer, options, context, onLog);
  } catch (error) {
    if (isSlipwayError(error)) throw error;
    if (signal?.aborted) throw buildStopped(buildSubject(options), signal.reason);
    throw new SlipwayError(
      { subject: buildSubject(options), problem: `failed: ${messageOf(error)}` },
      { cause: error },
    );
  } finally {
    body.destroy();
    session?.close();
  }
}

/** What a build that was cancelled, or whose time is over, fails with. */
export function buildStopped(subject: string, reason: unknown): SlipwayError {
  const late = reason instanceof Error && reason.name === "TimeoutError";
  const problem = `was stopped${late ? ": its time is over" : ""}`;
  const advice = late ? { advice: "Give it more time with the resource option customTimeouts." } : {};
  return new SlipwayError({ subject, problem, ...advice }, { cause: reason });
}

async function contextOf({ context, dockerfile, root = process.cwd() }: BuildOptions): Promise<BuildContext> {
  if (typeof context !== "string") return context;
  return await readContext({ context, dockerfile: dockerfile ?? `${context}/Dockerfile`, root });
}

function offers({ secrets, ssh, logins }: SessionOffer): boolean {
  return (secrets?.size ?? 0) > 0 || (ssh?.size ?? 0) > 0 || logins !== undefined;
}

function queryOf(options: BuildOptions, context: BuildContext): Record<string, unknown> {
  const { tags, args, target, platform, extraHosts, networkMode, cacheFrom, labels } = options;
  const limits = options.ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard }));
  return {
    version: options.builder === "classic" ? "1" : "2",
    dockerfile: context.dockerfile,
    rm: "1",
    forcerm: "1",
    t: tags,
    buildargs: args,
    target,
    platform,
    extrahosts: extraHosts,
    networkmode: networkMode,
    cachefrom: cacheFrom === undefined || cacheFrom.length === 0 ? undefined : JSON.stringify(cacheFrom),
    labels,
    nocache: options.noCache === true ? "1" : undefined,
    pull: options.pull === true ? "1" : undefined,
    shmsize: options.shmSize,
    ulimits: limits === undefined || limits.length === 0 ? undefined : JSON.stringify(limits),
    squash: options.squash === true ? "1" : undefined,
    remote: context.remote,
    // The Engine's names for them are these in small letters.
    ...Object.fromEntries(Object.entries(options.resources ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
  };
}

/** The logins as the classic builder takes them (Engine API, `ImageBuild`, X-Registry-Config). */
function loginsHeader({ logins }: BuildOptions): Record<string, string> {
  if (logins === undefined || Object.keys(logins).length === 0) return {};
  const bodies = Object.entries(logins).map(([host, { username, password, identityToken }]) => [
    host,
    { username, password, identitytoken: identityToken, serveraddress: host },
  ]);
  return { "X-Registry-Config": headerText(Object.fromEntries(bodies)) };
}

interface Message {
  readonly id?: string;
  readonly aux?: unknown;
  readonly error?: string;
  readonly stream?: string;
}

async function follow(
  answer: Readable,
  options: BuildOptions,
  context: BuildContext,
  onLog: (line: string) => void,
): Promise<BuiltImage> {
  const hide = hider(options.secrets ?? []);
  const say = (line: string): void => onLog(hide(line));
  const log = new BuildLog(say);
  const classic = new ClassicBuildLog(say);
  let imageId: string | undefined;
  for await (const message of messagesOf<Message>(answer)) {
    if (message.error !== undefined) {
      throw buildFailure(hide(message.error), hidden(log.failed ?? classic.failed, hide), options, context);
    }
    if (message.id === "moby.buildkit.trace" && typeof message.aux === "string") log.add(statusOfTrace(message.aux));
    else imageId = idOf(message.aux) ?? imageId;
    if (message.stream !== undefined) classic.add(message.stream);
  }
  if (imageId !== undefined) return { imageId };
  throw new SlipwayError({
    subject: buildSubject(options),
    problem: "ended without an image: the daemon closed the connection",
    advice: "Look at the daemon's log.",
  });
}

function idOf(aux: unknown): string | undefined {
  const id = typeof aux === "object" && aux !== null && "ID" in aux ? aux.ID : undefined;
  return typeof id === "string" ? id : undefined;
}

/** Takes secrets out of a text. Very short ones stay: replacing a letter would leave no text, and hides nothing. */
export function hider(secrets: readonly string[]): (text: string) => string {
  const lines = secrets.flatMap((secret) => [secret, ...secret.split(/\r?\n/)]);
  const long = [...new Set(lines)].filter((line) => line.trim().length >= 4).sort((a, b) => b.length - a.length);
  return (text) => long.reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text);
}

function hidden(failed: FailedStep | undefined, hide: (text: string) => string): FailedStep | undefined {
  if (failed === undefined) return undefined;
  return { name: hide(failed.name), error: hide(failed.error), output: failed.output.map(hide) };
}
