import { AcquireTimeout } from './semaphore.js';

/** A task that waits for a batch, and the promise of its result. */
interface QueuedTask<Task, Result> {
  readonly task: Task;
  readonly key: unknown;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  /** Rejects the task when it has waited too long. */
  queueTimer?: NodeJS.Timeout;
}

/**
 * Runs a batch. Returns one result for each task, in order; a promise represents a result that takes longer than the
 * batch itself. When it throws, every task of the batch fails with that error.
 */
type RunBatch<Task, Result> = (tasks: readonly Task[]) => Promise<ReadonlyArray<Result | Promise<Result>>>;

/** The limits of a `Batcher`. */
export interface BatcherLimits {
  /** New batches start only while fewer tasks than this are in flight. */
  readonly maxConcurrentBatches: number;
  /** The largest number of tasks in one batch. */
  readonly maxBatchSize: number;
  /** Milliseconds after which a batch in flight no longer holds up the queue, so that one hung connection blocks nobody. */
  readonly stallTimeout: number;
  /** Milliseconds that a task may wait in the queue. */
  readonly queueTimeout: number;
}

/**
 * Micro-batching: while enough tasks are in flight, further tasks queue and form the next batch. Under low load nothing
 * waits; under high load the cost per task falls. Tasks with equal keys never run at the same time: they run in the order
 * in which they were submitted, the next one after the previous one has its result.
 */
export class Batcher<Task, Result> {
  #queue: Array<QueuedTask<Task, Result>> = [];
  /** The number of tasks in flight, without those of stalled batches. */
  #inFlight = 0;
  /** The keys of the tasks in flight. */
  readonly #activeKeys = new Set<unknown>();

  constructor(
    private readonly runBatch: RunBatch<Task, Result>,
    private readonly limits: BatcherLimits,
  ) {}

  /** True when nothing is queued and no task in flight could hold up another. */
  get isIdle(): boolean {
    return this.#activeKeys.size === 0;
  }

  /**
   * Runs a task in the next batch that has room for it.
   *
   * @param key tasks with equal keys run one after another; omit it for a task that conflicts with no other
   * @throws AcquireTimeout when the task has waited for `queueTimeout`; it has not been started then
   */
  run(task: Task, key: unknown = {}): Promise<Result> {
    return new Promise((resolve, reject) => {
      const queued: QueuedTask<Task, Result> = { task, key, resolve, reject };
      this.#queue.push(queued);
      void this.#startBatch();
      if (this.#queue.at(-1) === queued) {
        queued.queueTimer = setTimeout(() => this.#timeOut(queued), this.limits.queueTimeout);
      }
    });
  }

  async #startBatch(): Promise<void> {
    const batch = this.#inFlight < this.limits.maxConcurrentBatches ? this.#dequeue() : [];
    if (batch.length === 0) return;
    this.#inFlight += batch.length;
    const releaseSlots = once(() => (this.#inFlight -= batch.length));
    const releaseKeys = batch.map(({ key }) => once(() => this.#activeKeys.delete(key)));
    const stallTimer = setTimeout(() => {
      releaseSlots();
      for (const releaseKey of releaseKeys) releaseKey();
      void this.#startBatch();
    }, this.limits.stallTimeout);
    const pending: Array<Promise<void>> = [];
    try {
      const results = await this.runBatch(batch.map(({ task }) => task));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index] as Result | Promise<Result>;
        if (result instanceof Promise) {
          pending.push(
            result.then(resolve, reject).then(() => {
              releaseKeys[index]?.();
              return this.#startBatch();
            }),
          );
        } else {
          resolve(result);
          // Before the next batch starts below, so that it can take the next task with this key.
          releaseKeys[index]?.();
        }
      }
    } catch (error) {
      for (const [index, { reject }] of batch.entries()) {
        reject(error);
        releaseKeys[index]?.();
      }
    }
    releaseSlots();
    void this.#startBatch();
    await Promise.all(pending);
    clearTimeout(stallTimer);
  }

  /** Removes the next batch from the queue, passing over tasks whose key is in flight. */
  #dequeue(): Array<QueuedTask<Task, Result>> {
    const batch: Array<QueuedTask<Task, Result>> = [];
    const remaining: Array<QueuedTask<Task, Result>> = [];
    for (const queued of this.#queue) {
      if (batch.length < this.limits.maxBatchSize && !this.#activeKeys.has(queued.key)) {
        clearTimeout(queued.queueTimer);
        this.#activeKeys.add(queued.key);
        batch.push(queued);
      } else {
        remaining.push(queued);
      }
    }
    this.#queue = remaining;
    return batch;
  }

  #timeOut(queued: QueuedTask<Task, Result>): void {
    this.#queue = this.#queue.filter((other) => other !== queued);
    queued.reject(new AcquireTimeout('Timed out waiting for a batch to start'));
  }
}

/** Wraps an action so that only the first call has an effect. */
function once(action: () => unknown): () => void {
  let isDone = false;
  return () => {
    if (!isDone) action();
    isDone = true;
  };
}

/** The batchers for one kind of task: one for each directory that has any in flight. */
export class BatcherPerDirectory<Task, Result> {
  readonly #batchers = new Map<string, Batcher<Task, Result>>();

  constructor(
    private readonly runBatch: (
      directoryId: string,
      tasks: readonly Task[],
    ) => Promise<ReadonlyArray<Result | Promise<Result>>>,
    private readonly limits: BatcherLimits,
  ) {}

  /** Runs a task of a directory as `Batcher.run` does. */
  async run(directoryId: string, task: Task, key?: unknown): Promise<Result> {
    const batcher =
      this.#batchers.get(directoryId) ?? new Batcher((tasks) => this.runBatch(directoryId, tasks), this.limits);
    this.#batchers.set(directoryId, batcher);
    try {
      return await batcher.run(task, key);
    } finally {
      // After a stall, the entry may already hold a newer batcher.
      if (batcher.isIdle && this.#batchers.get(directoryId) === batcher) this.#batchers.delete(directoryId);
    }
  }
}
