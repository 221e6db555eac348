import { setTimeout } from 'node:timers/promises';

export interface RateLimiterOptions {
  /** Requests per second; undefined: no limit. */
  readonly rate?: number | undefined;
  /** The maximum number of requests in flight. */
  readonly concurrency: number;
  /** Once aborted, requests that wait for their time slot fail. */
  readonly abandon?: AbortSignal | undefined;
}

/** Limits the number of requests in flight and spaces them evenly, without a burst after a pause. */
export class RateLimiter {
  readonly #interval: number;
  #available: number;
  #nextSlot = 0;
  readonly #abandon: AbortSignal | undefined;
  readonly #waiting: Array<() => void> = [];

  constructor({ rate, concurrency, abandon }: RateLimiterOptions) {
    this.#abandon = abandon;
    this.#interval = rate === undefined ? 0 : 1000 / rate;
    this.#available = concurrency;
  }

  /** Runs a request as soon as the limits allow it. */
  async run<T>(request: () => Promise<T>): Promise<T> {
    await this.#acquire();
    try {
      await this.#waitForSlot();
      return await request();
    } finally {
      this.#release();
    }
  }

  async #acquire(): Promise<void> {
    if (this.#available > 0) this.#available--;
    else await new Promise<void>((resume) => this.#waiting.push(resume));
  }

  async #waitForSlot(): Promise<void> {
    if (this.#interval === 0) return;
    const now = performance.now();
    const slot = Math.max(now, this.#nextSlot);
    this.#nextSlot = slot + this.#interval;
    if (slot > now) await setTimeout(slot - now, undefined, this.#abandon && { signal: this.#abandon });
  }

  /** Admits the request that has waited longest. */
  #release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#available++;
  }
}
