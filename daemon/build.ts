import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { type Fault, isSlipwayError, SlipwayError } from "../values/fault";
import { BuildLog, type FailedStep } from "./build-log";
import { type BuildContext, readContext } from "./context";

/** What a build needs of the Engine client. */
export interface BuildEngine {
  /** Sends a request; resolves with the body of a successful answer. */
  stream(
    method: "POST",
    path: string,
    options: {
      readonly query?: Readonly<Record<string, string | readonly string[]>>;
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
}

/** What a build made. */
export interface BuiltImage {
  /** `sha256:…`, the image's id on the daemon. */
  readonly imageId: string;
}

/**
 * Runs for the length of one build and serves what BuildKit asks of its client (secrets, ssh, registry logins).
 * Nothing here opens one yet: builds that need it fail with BuildKit's own words.
 */
export interface BuildSession {
  /** The id the daemon knows the session by. */
  readonly id: string;
}

/** Builds an image with BuildKit. Each line of progress goes to `onLog`; an aborted `signal` stops the build on the daemon too. */
export async function buildImage(
  engine: BuildEngine,
  options: BuildOptions,
  onLog: (line: string) => void = () => {},
  signal?: AbortSignal,
  session?: BuildSession,
): Promise<BuiltImage> {
  const context = await contextOf(options);
  const body = context.tar();
  try {
    const answer = await engine.stream("POST", "/build", {
      query: queryOf(options, context, session),
      body,
      headers: { "content-type": "application/x-tar" },
      ...(signal === undefined ? {} : { signal }),
    });
    return await follow(answer, options, context, onLog);
  } catch (error) {
    if (signal?.aborted && !isSlipwayError(error)) {
      throw new SlipwayError({ subject: subjectOf(options), problem: "was stopped" }, { cause: error });
    }
    throw error;
  } finally {
    body.destroy();
  }
}

async function contextOf({ context, dockerfile, root = process.cwd() }: BuildOptions): Promise<BuildContext> {
  if (typeof context !== "string") return context;
  return await readContext({ context, dockerfile: dockerfile ?? `${context}/Dockerfile`, root });
}

function queryOf(
  options: BuildOptions,
  context: BuildContext,
  session: BuildSession | undefined,
): Record<string, string | readonly string[]> {
  const { tags, args, target, platform, extraHosts, networkMode, cacheFrom, labels } = options;
  return {
    version: "2",
    dockerfile: context.dockerfile,
    rm: "1",
    ...(tags === undefined ? {} : { t: tags }),
    ...(args === undefined ? {} : { buildargs: JSON.stringify(args) }),
    ...(target === undefined ? {} : { target }),
    ...(platform === undefined ? {} : { platform }),
    ...(extraHosts === undefined ? {} : { extrahosts: extraHosts }),
    ...(networkMode === undefined ? {} : { networkmode: networkMode }),
    ...(cacheFrom === undefined ? {} : { cachefrom: JSON.stringify(cacheFrom) }),
    ...(labels === undefined ? {} : { labels: JSON.stringify(labels) }),
    ...(session === undefined ? {} : { session: session.id }),
  };
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
  const log = new BuildLog(onLog);
  let imageId: string | undefined;
  const lines = createInterface({ input: answer, crlfDelay: Number.POSITIVE_INFINITY });
  // The line reader swallows an error of its input; without this a connection that breaks would look like an end.
  const broken: unknown[] = [];
  answer.on("error", (error) => {
    broken.push(error);
    lines.close();
  });
  for await (const line of lines) {
    if (line.trim() === "") continue;
    const message: Message = JSON.parse(line);
    if (message.error !== undefined) throw buildError(message.error, log.failed, options, context);
    if (message.id === "moby.buildkit.trace" && typeof message.aux === "string") log.add(message.aux);
    else if (message.id === "moby.image.id") imageId = idOf(message.aux);
    else if (message.stream !== undefined && message.stream.trim() !== "") onLog(message.stream.trimEnd());
  }
  if (broken.length > 0) throw broken[0];
  if (imageId !== undefined) return { imageId };
  throw new SlipwayError({
    subject: subjectOf(options),
    problem: "ended without an image: the daemon closed the connection",
    advice: "Look at the daemon's log.",
  });
}

function idOf(aux: unknown): string | undefined {
  const id = typeof aux === "object" && aux !== null && "ID" in aux ? aux.ID : undefined;
  return typeof id === "string" ? id : undefined;
}

function subjectOf(options: BuildOptions): string {
  const name = options.tags?.[0];
  return name === undefined ? "Build" : `Build of "${name}"`;
}

function buildError(
  message: string,
  failed: FailedStep | undefined,
  options: BuildOptions,
  context: BuildContext,
): SlipwayError {
  const subject = subjectOf(options);
  const cause = new Error(message);
  const line = /dockerfile parse error (?:on )?line (\d+)/i.exec(message)?.[1];
  if (line !== undefined) return new SlipwayError(atLine(subject, Number(line), message, context), { cause });
  if (failed === undefined) return new SlipwayError({ subject, problem: `failed: ${plain(message)}` }, { cause });

  const code = /exit code: (\d+)/.exec(failed.error)?.[1] ?? /exit code: (\d+)/.exec(message)?.[1];
  const how = code === undefined ? `failed: ${plain(failed.error)}` : `failed with exit code ${code}`;
  const output = failed.output.map((text) => `\n    ${text}`).join("");
  return new SlipwayError(
    { subject, path: failed.name, problem: how, ...(output === "" ? {} : { advice: `It printed:${output}` }) },
    { cause },
  );
}

function atLine(subject: string, line: number, message: string, context: BuildContext): Fault {
  const text = context.dockerfileText.split(/\r?\n/)[line - 1];
  return {
    subject,
    path: `Dockerfile line ${line}`,
    ...(text === undefined ? {} : { value: text.trim() }),
    problem: `is not understood: ${plain(message).replace(/^.*parse error (?:on )?line \d+: /i, "")}`,
  };
}

/** Without the names of the machinery BuildKit puts in front. */
function plain(message: string): string {
  return message.replace(
    /^(?:failed to solve(?: with frontend [^:]+)?: |failed to (?:build|create) LLB(?: definition)?: |rpc error: code = \w+ desc = )+/,
    "",
  );
}
