import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { mergeMetrics, type Samples } from '../../http/metrics.js';
import { UsageError } from '../terminal/usage-error.js';
import { Channel } from './channel.js';

/** What a worker tells first: that it listens, or, in one line, why it cannot. */
export type StartedPool = { readonly publicUrl: string } | { readonly failure: string };

/** How soon a worker that has ended unasked is replaced, in milliseconds. */
const REPLACE_AFTER = 1_000;

/** How long a worker may take to give its metrics, in milliseconds. Who takes longer is missing in the answer. */
const SAMPLE_WITHIN = 1_000;

/**
 * Processes that serve one port together. Each is a replica like any other: what one commits the others hear of by NOTIFY
 * or by polling, so that subscribers miss nothing, whichever of them they are connected to.
 */
export class WorkerPool {
  /** Those that listen, by their numbers. */
  readonly #listening = new Map<number, Channel>();
  #stopping = false;

  private constructor(
    private readonly environment: Readonly<Record<string, string>>,
    private readonly logger: Logger,
  ) {}

  /**
   * Starts workers and waits until all of them listen.
   *
   * @param count how many, numbered from 1 on
   * @param environment what they have beside the environment of this process
   * @returns the fleet, and the public URL of all its workers
   * @throws UsageError with what a worker says that cannot listen; then none is left
   */
  static async start(
    count: number,
    environment: Readonly<Record<string, string>>,
    logger: Logger,
  ): Promise<{ readonly fleet: WorkerPool; readonly publicUrl: string }> {
    const fleet = new WorkerPool(environment, logger);
    try {
      // One first, so that a mistake is told once.
      const publicUrl = await fleet.#startOne(1);
      await Promise.all(Array.from({ length: count - 1 }, (_, index) => fleet.#startOne(index + 2)));
      return { fleet, publicUrl };
    } catch (error) {
      await fleet.stop();
      throw error;
    }
  }

  /** Tells all workers to finish their requests, and waits for their ends. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    const ends = workers.filter((worker) => !worker.isDead()).map((worker) => once(worker, 'exit'));
    for (const worker of workers) worker.process.kill('SIGTERM');
    await Promise.all(ends);
  }

  async #startOne(number: number): Promise<string> {
    cluster.setupPrimary({ args: ['worker', String(number)] });
    const worker = cluster.fork(this.environment);
    const channel = new Channel(worker);
    const started = await firstWord(worker, channel);
    if ('failure' in started) throw new UsageError(started.failure);
    channel.onAsked('metrics', () => this.#metrics());
    this.#listening.set(number, channel);
    this.logger.info({ worker: number, pid: worker.process.pid }, 'A worker listens');
    worker.once('exit', (code, signal) => {
      this.#listening.delete(number);
      if (this.#stopping) return;
      this.logger.error({ worker: number, end: signal || code }, 'A worker has ended and is replaced');
      this.#replaceSoon(number);
    });
    return started.publicUrl;
  }

  #replaceSoon(number: number): void {
    setTimeout(() => {
      if (this.#stopping) return;
      this.#startOne(number).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.logger.error({ worker: number, reason }, 'A worker could not be started');
        this.#replaceSoon(number);
      });
    }, REPLACE_AFTER).unref();
  }

  /** The metrics of all that listen, each with its number as the label `worker`. */
  async #metrics(): Promise<string> {
    const channels = [...this.#listening.values()];
    const samples = await Promise.all(channels.map((channel) => channel.ask('samples', SAMPLE_WITHIN)));
    return mergeMetrics(samples.filter((each) => each !== undefined) as Samples[]);
  }
}

/** The first that a worker tells; its end before that is a failure as well. */
async function firstWord(worker: Worker, channel: Channel): Promise<StartedPool> {
  return new Promise((resolve) => {
    const ended = (): void => {
      resolve({ failure: 'A worker ended while it was starting' });
    };
    worker.once('exit', ended);
    channel.onTold('started', (value) => {
      worker.off('exit', ended);
      resolve(value as StartedPool);
    });
  });
}
