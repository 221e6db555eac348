import type { FeedItem } from '../../src/domain/event/feed/subscription.js';
import { HANG_TIMEOUT } from './hang-timeout.js';

/** Reads a subscription, optionally slowly, and keeps its items. */
export class FeedReader {
  readonly items: FeedItem[] = [];
  /** How the subscription ended: undefined while it runs, `done`, or the error that it threw. */
  end: unknown;
  readonly #running: Promise<void>;

  /** @param pause the time that the consumer takes for an item, in milliseconds */
  constructor(
    readonly subscription: AsyncIterableIterator<FeedItem>,
    private readonly pause?: (item: FeedItem) => number,
  ) {
    this.#running = this.#run();
  }

  get sequences(): number[] {
    return this.items.map(({ sequence }) => sequence);
  }

  get lastSequence(): number {
    return this.items.at(-1)?.sequence ?? 0;
  }

  /** Resolves when the items satisfy the condition; throws on a timeout or when the subscription ends. */
  async until(condition: (items: readonly FeedItem[]) => boolean, milliseconds = HANG_TIMEOUT): Promise<void> {
    const deadline = Date.now() + milliseconds;
    while (!condition(this.items)) {
      if (this.end !== undefined) throw new Error('The subscription ended', { cause: this.end });
      if (Date.now() > deadline) throw new Error(`Only ${this.items.length} items, up to ${this.lastSequence}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Resolves when the subscription has ended, with `done` or its error. */
  async ended(): Promise<unknown> {
    await this.#running;
    return this.end;
  }

  async return(): Promise<void> {
    await this.subscription.return?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      for await (const item of this.subscription) {
        this.items.push(item);
        const pause = this.pause?.(item) ?? 0;
        if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      }
      this.end = 'done';
    } catch (error) {
      this.end = error;
    }
  }
}

/** Returns consecutive sequences: those that a reader without a filter must receive. */
export function sequencesBetween(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
