import type { Readable } from "node:stream";
import { messageOf, SlipwayError } from "../values/fault";
import { defaultRegistry, fullReference } from "../values/image-reference";
import { type Engine, EngineError } from "./client";
import { messagesOf } from "./messages";
import { imageSubject, registryFault } from "./registry-fault";
import { type FoundLogin, registryAuthHeader } from "./registry-login";
import { TransferLog, type TransferMessage } from "./transfer-log";

/** How an image goes from or to a registry. */
export interface TransferOptions {
  /** The login of the reference's registry. */
  readonly found: FoundLogin;
  /** `os/arch[/variant]`, for a pull. @default the daemon's own */
  readonly platform?: string | undefined;
  /** Gets a line that says how far it is, at most twice a second; each one replaces the one before. */
  readonly onProgress?: (line: string) => void;
  /** Stops it, on the daemon too. */
  readonly signal?: AbortSignal | undefined;
}

/** What came of a transfer. */
export interface Transferred {
  /** Digest of the manifest in the registry: `sha256:…`. */
  readonly digest: string;
  /** One line for the user: digest, bytes that really went over the wire, time. */
  readonly summary: string;
}

/**
 * Has the daemon fetch an image; a tag that is there already is fetched anew if the registry has another image for it.
 * @throws {@link SlipwayError} that says whether it is absent, refused, or the registry out of reach.
 */
export async function pullImage(engine: Engine, reference: string, options: TransferOptions): Promise<Transferred> {
  const { registry, repository, tag, digest } = parts(reference);
  const name = registry === defaultRegistry ? repository : `${registry}/${repository}`;
  const query = { fromImage: name, tag: digest ?? tag, platform: options.platform };
  return transfer(reference, "pull", options, (headers, signal) =>
    engine.stream("POST", "/images/create", { query, headers, signal }),
  );
}

/** Has the daemon push the image that it has under a reference. @throws as {@link pullImage} does */
export async function pushImage(engine: Engine, reference: string, options: TransferOptions): Promise<Transferred> {
  const { registry, repository, tag, digest } = parts(reference);
  if (digest !== undefined) {
    const problem = "names a digest, and only a tag can be pushed";
    throw new SlipwayError({ subject: imageSubject(reference), problem, advice: "Take the digest off." });
  }
  const name = registry === defaultRegistry ? repository : `${registry}/${repository}`;
  return transfer(reference, "push", options, (headers, signal) =>
    engine.stream("POST", `/images/${name}/push`, { query: { tag }, headers, signal }),
  );
}

type Start = (headers: Record<string, string>, signal: AbortSignal | undefined) => Promise<Readable>;

async function transfer(
  reference: string,
  verb: "pull" | "push",
  options: TransferOptions,
  start: Start,
): Promise<Transferred> {
  const { found, signal } = options;
  const subject = imageSubject(reference);
  // A push without the header is refused as malformed, so an empty one stands for "no login".
  const headers = { "X-Registry-Auth": "e30=", ...registryAuthHeader(found, parts(reference).registry) };
  try {
    const answer = await start(headers, signal);
    return await followTransfer(answer, new TransferLog(reference, verb), options.onProgress);
  } catch (error) {
    if (signal?.aborted) throw stopped(subject, verb, signal.reason);
    if (error instanceof SlipwayError) throw error;
    const status = error instanceof EngineError ? error.status : undefined;
    const refusal = { reference, message: messageOf(error), status, found, verb, asker: "daemon" } as const;
    throw new SlipwayError({ subject, ...registryFault(refusal) }, { cause: error });
  }
}

/** Reads a transfer to its end, telling how far it is. @throws what the daemon says in the middle of it */
export async function followTransfer(
  answer: Readable,
  log: TransferLog,
  onProgress: ((line: string) => void) | undefined,
): Promise<Transferred> {
  for await (const message of messagesOf<TransferMessage>(answer)) {
    if (message.error !== undefined) throw new Error(message.error);
    const shown = log.add(message);
    if (shown !== undefined) onProgress?.(shown);
  }
  if (answer.readableAborted) throw new Error("the connection to the daemon broke");
  return { digest: log.digest ?? "", summary: log.summary() };
}

function stopped(subject: string, verb: "pull" | "push", reason: unknown): SlipwayError {
  const late = reason instanceof Error && reason.name === "TimeoutError";
  const problem = `was stopped while it was ${verb === "pull" ? "pulled" : "pushed"}${late ? ": its time is over" : ""}`;
  const advice = late ? { advice: "Give it more time with the resource option customTimeouts." } : {};
  return new SlipwayError({ subject, problem, ...advice }, { cause: reason });
}

function parts(reference: string) {
  const full = fullReference(reference);
  if (full !== undefined) return full;
  throw new SlipwayError({
    subject: imageSubject(reference),
    problem: "is not a reference of an image in a registry",
    advice: "Write it as [REGISTRY/]REPOSITORY[:TAG], in lower case.",
  });
}
