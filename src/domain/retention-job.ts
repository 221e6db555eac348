import type { Database } from './sql/database.js';
import { findDirectoriesToPrune, pruneEvents, type PrunedEvents } from './event/retention.js';
import { pruneKeys } from './idempotency/idempotency.js';

export interface RetentionJobOptions {
  /** How long events are kept, in milliseconds; undefined keeps them for ever. */
  readonly eventRetention: number | undefined;
  readonly onError: (error: unknown) => void;
  /** Called once a round for each directory from which events were removed. */
  readonly onPruned?: (directoryId: string, pruned: PrunedEvents) => void;
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
  async tidy(): Promise<void> {
    await this.#inBatches((limit) => pruneKeys(this.db, limit));
    const { eventRetention } = this.options;
    if (eventRetention === undefined) return;
    for (const directoryId of await findDirectoriesToPrune(this.db, eventRetention)) {
      await this.#pruneEvents(directoryId, eventRetention);
    }
  }

  /** What was removed is reported also when a later batch fails. */
  async #pruneEvents(directoryId: string, retention: number): Promise<void> {
    let total = 0;
    let last: PrunedEvents | undefined;
    try {
      await this.#inBatches(async (limit) => {
        const pruned = await pruneEvents(this.db, directoryId, retention, limit);
        last = pruned ?? last;
        total += pruned?.count ?? 0;
        return pruned?.count ?? 0;
      });
    } finally {
      if (last) this.options.onPruned?.(directoryId, { ...last, count: total });
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
