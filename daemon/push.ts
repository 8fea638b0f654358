import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { isSlipwayError, messageOf, SlipwayError } from "../values/fault";
import { fullReference } from "../values/image-reference";
import { type FoundLogin, registryAuthHeader } from "./registry-login";
import { stopReason } from "./stop-reason";

/** What a push needs of the Engine client. */
export interface PushEngine {
  /** Sends a request; resolves with the body of a successful answer. */
  stream(
    method: "POST",
    path: string,
    options: {
      readonly query?: Readonly<Record<string, unknown>>;
      readonly headers?: Readonly<Record<string, string>>;
      readonly signal?: AbortSignal;
    },
  ): Promise<Readable>;
}

interface Message {
  readonly id?: string;
  readonly status?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly aux?: { readonly Digest?: string };
  readonly error?: string;
}

/** How often a layer that takes long says how far it is, in milliseconds. */
const pace = 5000;

/**
 * Pushes a tag of the daemon; layers that the registry has already are passed over by the daemon itself. An aborted `signal`
 * stops the push on the daemon too.
 * @returns the manifest's digest, `sha256:…`
 */
export async function pushImage(
  engine: PushEngine,
  reference: string,
  found: FoundLogin,
  onLog: (line: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  const full = fullReference(reference);
  if (full?.tag === undefined) throw new Error(`"${reference}" has no tag to push.`);
  const { registry, repository, tag } = full;
  const name = registry === "docker.io" ? repository : `${registry}/${repository}`;
  // The Engine wants the header even where there is no login (Engine API, `ImagePush`).
  const headers = {
    "X-Registry-Auth": Buffer.from("{}").toString("base64url"),
    ...registryAuthHeader(found, registry),
  };
  try {
    const answer = await engine.stream("POST", `/images/${encodeURIComponent(name)}/push`, {
      query: { tag },
      headers,
      ...(signal === undefined ? {} : { signal }),
    });
    return await follow(answer, reference, onLog);
  } catch (error) {
    if (isSlipwayError(error)) throw error;
    const subject = `Push of "${reference}"`;
    if (signal?.aborted) throw new SlipwayError({ subject, problem: stopReason(signal) }, { cause: error });
    throw new SlipwayError(inUserTerms(subject, registry, messageOf(error), found), { cause: error });
  }
}

async function follow(answer: Readable, reference: string, onLog: (line: string) => void): Promise<string> {
  const log = new PushLog(onLog);
  let digest: string | undefined;
  const lines = createInterface({ input: answer, crlfDelay: Number.POSITIVE_INFINITY });
  const broken: unknown[] = [];
  answer.on("error", (error) => {
    broken.push(error);
    lines.close();
  });
  for await (const line of lines) {
    if (line.trim() === "") continue;
    const message: Message = JSON.parse(line);
    if (message.error !== undefined) throw new Error(message.error);
    digest = message.aux?.Digest ?? digest;
    log.add(message);
  }
  if (broken.length > 0) throw broken[0];
  if (digest === undefined) throw new Error("the daemon closed the connection before the push had ended");
  onLog(`pushed ${reference}@${digest}`);
  return digest;
}

/** Says how each layer ends, once, and how far a long one is. */
class PushLog {
  private readonly ended = new Set<string>();
  private readonly spoken = new Map<string, number>();

  constructor(private readonly onLog: (line: string) => void) {}

  add({ id, status = "", progressDetail }: Message): void {
    if (id === undefined || this.ended.has(id)) return;
    if (/^(Pushed|Layer already exists|Mounted from )/.test(status)) {
      this.ended.add(id);
      this.onLog(
        `layer ${id} ${status.replace("Layer already exists", "is there already").replace(/^[PM]/, (x) => x.toLowerCase())}`,
      );
    }
    const { current = 0, total = 0 } = progressDetail ?? {};
    const last = this.spoken.get(id);
    if (last === undefined) this.spoken.set(id, Date.now());
    else if (total > 0 && Date.now() - last >= pace) {
      this.spoken.set(id, Date.now());
      this.onLog(`layer ${id} ${Math.min(100, Math.floor((100 * current) / total))} % of ${megabytes(total)}`);
    }
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function inUserTerms(subject: string, registry: string, message: string, found: FoundLogin) {
  const login =
    found.login === undefined ? `It was asked without a login: ${found.source}.` : `The login is from ${found.source}.`;
  if (/no basic auth credentials|unauthorized|authentication required|incorrect username/i.test(message)) {
    const problem =
      found.login === undefined ? `needs a login at ${registry}` : `is refused: ${registry} does not accept the login`;
    const advice = `${login} Give \`registry: { server, username, password }\`, or the provider's \`registryAuth\`, or log in with \`docker login ${registry}\`.`;
    return { subject, problem, advice };
  }
  if (/denied|forbidden|insufficient_scope/i.test(message)) {
    const advice = `${login} It must be allowed to push to this repository.`;
    return { subject, problem: `is refused by ${registry}: ${message}`, advice };
  }
  if (/server gave HTTP response to HTTPS client/.test(message)) {
    const advice = `Add "${registry}" to \`insecure-registries\` of the daemon's configuration, or give the registry a certificate.`;
    return { subject, problem: `can't be done: ${registry} speaks HTTP, and the daemon expects HTTPS of it`, advice };
  }
  if (/connection refused|no such host|i\/o timeout|server misbehaving/i.test(message)) {
    return {
      subject,
      problem: `can't be done: the daemon does not reach ${registry} (${message})`,
      advice: "Check the name, the port and the network of the daemon.",
    };
  }
  return { subject, problem: `failed: ${message}` };
}
