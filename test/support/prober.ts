import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** What a service answered while it was watched. */
export interface Watch {
  readonly answered: number;
  readonly refused: number;
  /** The longest time from one answer to the next, in milliseconds. */
  readonly longestGap: number;
}

/** Asks a URL 50 times a second, each time over a connection of its own, and notes how long no answer came. */
export class Prober {
  private readonly timer: NodeJS.Timeout;
  private answered = 0;
  private refused = 0;
  private longestGap = 0;
  private last = Date.now();

  /** @param interval milliseconds between two questions */
  constructor(
    private readonly url: string,
    interval = 20,
  ) {
    this.timer = setInterval(() => this.ask(), interval);
  }

  /** Forgets what was so far; the last answer still counts as the start of a gap. */
  reset(): void {
    this.answered = 0;
    this.refused = 0;
    this.longestGap = 0;
  }

  /** What happened since the last reset; a gap that is not over yet counts too. */
  watch(): Watch {
    const { answered, refused } = this;
    return { answered, refused, longestGap: Math.max(this.longestGap, Date.now() - this.last) };
  }

  /** Waits until there is one more answer. */
  async answers(): Promise<void> {
    const { last } = this;
    for (let tries = 0; this.last === last; tries++) {
      if (tries === 3000) throw new Error(`${this.url} does not answer.`);
      await sleep(10);
    }
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private ask(): void {
    const request = get(this.url, { agent: false, timeout: 1000 }, (response) => {
      response.resume();
      if (response.statusCode !== 200) {
        this.refused++;
        return;
      }
      const now = Date.now();
      this.longestGap = Math.max(this.longestGap, now - this.last);
      this.last = now;
      this.answered++;
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => {
      this.refused++;
    });
  }
}
