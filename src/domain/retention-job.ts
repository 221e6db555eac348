import type { Database } from './sql/database.js';
import { findDirectoriesToPrune, pruneEvents, type PrunedEvents } from './event/retention.js';
import { pruneKeys } from './idempotency/idempotency.js';

/** Options of the retention job. */
export interface RetentionJobOptions {
  /** The retention of events in milliseconds; undefined keeps them indefinitely. */
  readonly eventRetention: number | undefined;
  readonly onError: (error: unknown) => void;
  /** Called once per run for each directory from which events were pruned. */
  readonly onPruned?: (directoryId: string, pruned: PrunedEvents) => void;
}

/** The number of rows per transaction, and the pause between transactions in milliseconds. */
const BATCH = 1_000;
const PAUSE = 50;
/** The longest and the shortest interval between runs, in milliseconds. */
const SELDOM = 60_000;
const OFTEN = 1_000;

/**
 * Prunes expired events and idempotency keys in the background, in small transactions. Every process runs it; locks
 * keep the processes from interfering with each other.
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

  /** Starts the job after a random delay, so that replicas do not run at the same time. */
  start(): void {
    this.#schedule(Math.random() * this.#every);
  }

  /** Stops the job after the current batch. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#round;
  }

  /** Runs once: prunes everything that is due, batch by batch. */
  async pruneAll(): Promise<void> {
    await this.#inBatches((limit) => pruneKeys(this.db, limit));
    const { eventRetention } = this.options;
    if (eventRetention === undefined) return;
    for (const directoryId of await findDirectoriesToPrune(this.db, eventRetention)) {
      await this.#pruneEvents(directoryId, eventRetention);
    }
  }

  /** Pruned events are reported even if a later batch fails. */
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
      this.#round = this.pruneAll()
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
