import { get } from "node:http";

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

  constructor(private readonly url: string) {
    this.timer = setInterval(() => this.ask(), 20);
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
