import { setTimeout } from 'node:timers/promises';

/** How fast requests may leave, and how many may be under way. */
export interface RateLimiterOptions {
  /** Requests a second; undefined: as fast as the answers come. */
  readonly rate?: number | undefined;
  readonly concurrency: number;
  /** Once aborted, nobody waits for a moment any more: who does throws. */
  readonly abandon?: AbortSignal | undefined;
}

/**
 * A gate that requests pass one by one. Each takes a place while it is under way; with a rate, they leave at even
 * distances, without a burst after a pause.
 */
export class RateLimiter {
  readonly #interval: number;
  #free: number;
  #next = 0;
  readonly #abandon: AbortSignal | undefined;
  readonly #waiting: Array<() => void> = [];

  constructor({ rate, concurrency, abandon }: RateLimiterOptions) {
    this.#abandon = abandon;
    this.#interval = rate === undefined ? 0 : 1000 / rate;
    this.#free = concurrency;
  }

  /** Runs the work when there is a place and its moment has come. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#takePlace();
    try {
      await this.#awaitMoment();
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #takePlace(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resume) => this.#waiting.push(resume));
  }

  async #awaitMoment(): Promise<void> {
    if (this.#interval === 0) return;
    const now = performance.now();
    const mine = Math.max(now, this.#next);
    this.#next = mine + this.#interval;
    if (mine > now) await setTimeout(mine - now, undefined, this.#abandon && { signal: this.#abandon });
  }

  /** The place goes to the one that has waited longest. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
