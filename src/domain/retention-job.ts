import type { Database } from './sql/database.js';
import { findDirectoriesToPrune, pruneEvents } from './event/retention.js';
import { pruneKeys } from './idempotency/idempotency.js';

export interface RetentionJobOptions {
  /** How long events are kept, in milliseconds; undefined keeps them for ever. */
  readonly eventRetention: number | undefined;
  readonly onError: (error: unknown) => void;
  /** Told of events that were removed. */
  readonly onPruned?: (events: number) => void;
}

/** Rows that one transaction removes, and how long others have the database to themselves before the next. Milliseconds. */
const BATCH = 1_000;
const PAUSE = 50;
/** The longest and the shortest time from one round to the next, in milliseconds. */
const SELDOM = 60_000;
const OFTEN = 1_000;

/**
 * Removes what has had its time, in the background and in small transactions: events past their retention, and idempotency
 * keys past theirs. Every process of the service does it; they leave each other alone.
 */
export class RetentionJob {
  readonly #stopping = new AbortController();
  readonly #every: number;
  #round: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly db: Database,
    private readonly options: RetentionJobOptions,
  ) {
    this.#every = Math.min(Math.max((options.eventRetention ?? Infinity) / 100, OFTEN), SELDOM);
  }

  /** The first round begins some time in the first interval, so that replicas do not go together. */
  start(): void {
    this.#schedule(Math.random() * this.#every);
  }

  /** Ends the round that is under way, after its batch. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#round;
  }

  /** One round: everything that is due, batch by batch. */
  async tidy(now = new Date()): Promise<void> {
    await this.#inBatches((limit) => pruneKeys(this.db, now, limit));
    const { eventRetention, onPruned } = this.options;
    if (eventRetention === undefined) return;
    const before = new Date(now.getTime() - eventRetention);
    for (const directoryId of await findDirectoriesToPrune(this.db, before)) {
      await this.#inBatches(async (limit) => {
        const events = await pruneEvents(this.db, directoryId, before, limit);
        onPruned?.(events);
        return events;
      });
    }
  }

  #schedule(after: number): void {
    this.#timer = setTimeout(() => {
      this.#round = this.tidy()
        .catch((error: unknown) => this.options.onError(error))
        .finally(() => {
          if (!this.#stopping.signal.aborted) this.#schedule(this.#every);
        });
    }, after);
    this.#timer.unref();
  }

  async #inBatches(remove: (limit: number) => Promise<number>): Promise<void> {
    while (!this.#stopping.signal.aborted && (await remove(BATCH)) === BATCH) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}
