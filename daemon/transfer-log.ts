/** One line of the daemon's answer to a pull or a push. */
export interface TransferMessage {
  readonly status?: string;
  /** The layer, or for the first line the tag. */
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly error?: string;
  readonly aux?: { readonly Digest?: string };
}

interface Layer {
  done: boolean;
  /** The layer was on the other side already. */
  present: boolean;
  current: number;
  total: number;
}

const finished = /^(Pull complete|Already exists|Download complete|Pushed|Layer already exists|Mounted from .*)$/;
const present = /^(Already exists|Layer already exists|Mounted from .*)$/;
const moving = /^(Downloading|Pushing|Pulling fs layer|Waiting|Preparing|Verifying Checksum|Extracting|Retrying .*)$/;

/** Turns the many lines of a transfer, several a second for each layer, into one that says how far it is. */
export class TransferLog {
  /** Digest of the manifest, once it is known. */
  digest: string | undefined;
  private upToDate = false;
  private readonly layers = new Map<string, Layer>();
  private readonly started = Date.now();
  private shownAt = 0;
  private shown = "";

  constructor(
    private readonly reference: string,
    private readonly verb: "pull" | "push",
    private readonly interval = 500,
  ) {}

  /** Takes a line. @returns what to show, where it is time to show something new. */
  add({ status = "", id, progressDetail, aux }: TransferMessage): string | undefined {
    this.digest = aux?.Digest ?? /(?:^Digest: |digest: )(sha256:[0-9a-f]{64})/.exec(status)?.[1] ?? this.digest;
    if (/^Status: Image is up to date/.test(status)) this.upToDate = true;
    if (id !== undefined && (finished.test(status) || moving.test(status))) {
      const layer = this.layers.get(id) ?? { done: false, present: false, current: 0, total: 0 };
      this.layers.set(id, layer);
      // Extracting counts again from zero; what was fetched is what is told.
      if (status !== "Extracting" && progressDetail?.total !== undefined) {
        layer.current = progressDetail.current ?? layer.current;
        layer.total = progressDetail.total;
      }
      if (present.test(status)) layer.present = true;
      if (finished.test(status)) {
        layer.done = true;
        layer.current = layer.total;
      }
    }
    const now = Date.now();
    const line = this.progress();
    if (line === this.shown || now - this.shownAt < this.interval) return undefined;
    this.shownAt = now;
    this.shown = line;
    return line;
  }

  /** One line about the whole transfer. */
  summary(): string {
    const layers = [...this.layers.values()];
    const fresh = layers.filter((layer) => !layer.present);
    const seconds = ((Date.now() - this.started) / 1000).toFixed(1);
    const digest = this.digest === undefined ? "" : `, ${this.digest}`;
    const done = this.verb === "pull" ? "Pulled" : "Pushed";
    if (this.upToDate) return `${this.reference} is up to date${digest}`;
    const bytes = megabytes(sum(fresh.map((layer) => layer.total)));
    const count = fresh.length === 1 ? "1 layer" : `${fresh.length} layers`;
    const what = fresh.length === 0 ? "every layer was there already" : `${count}, ${bytes}`;
    return `${done} ${this.reference}: ${what} in ${seconds} s${digest}`;
  }

  private progress(): string {
    const layers = [...this.layers.values()];
    const doing = this.verb === "pull" ? "Pulling" : "Pushing";
    if (layers.length === 0) return `${doing} ${this.reference}`;
    const done = layers.filter((layer) => layer.done).length;
    const total = sum(layers.map((layer) => layer.total));
    const amount =
      total === 0 ? "" : `, ${megabytes(sum(layers.map((layer) => layer.current)))} of ${megabytes(total)}`;
    return `${doing} ${this.reference}: ${done} of ${layers.length} layers${amount}`;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
