import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { mergeMetrics, type Samples } from '../../http/metrics.js';
import { UsageError } from '../terminal/usage-error.js';
import { Channel } from './channel.js';

/** The first notification of a worker: that it is listening, or one line that says why it cannot. */
export type StartedPool = { readonly publicUrl: string } | { readonly failure: string };

/** How soon a worker that has exited unexpectedly is replaced. Milliseconds. */
const REPLACE_AFTER = 1_000;

/** How long a worker may take to send its metrics before they are left out of the response. Milliseconds. */
const SAMPLE_WITHIN = 1_000;

/**
 * Worker processes that share one port. Each is a replica like any other: it learns of the commits of the others by
 * NOTIFY or by polling, so that subscribers miss no event, whichever worker they are connected to.
 */
export class WorkerPool {
  /** Channels to the workers that are listening, by their numbers. */
  readonly #listening = new Map<number, Channel>();
  #stopping = false;

  private constructor(
    private readonly environment: Readonly<Record<string, string>>,
    private readonly logger: Logger,
  ) {}

  /**
   * Starts workers and waits until all of them are listening.
   *
   * @param count the number of workers, which are numbered from 1
   * @param environment variables to add to the environment of this process
   * @returns the fleet, and the public URL of all its workers
   * @throws UsageError with the message of a worker that cannot listen; no worker is left running
   */
  static async start(
    count: number,
    environment: Readonly<Record<string, string>>,
    logger: Logger,
  ): Promise<{ readonly fleet: WorkerPool; readonly publicUrl: string }> {
    const fleet = new WorkerPool(environment, logger);
    try {
      // The first worker starts alone, so that a configuration error is reported once.
      const publicUrl = await fleet.#startOne(1);
      await Promise.all(Array.from({ length: count - 1 }, (_, index) => fleet.#startOne(index + 2)));
      return { fleet, publicUrl };
    } catch (error) {
      await fleet.stop();
      throw error;
    }
  }

  /** Makes all workers finish their requests, and waits until they have exited. */
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
    channel.onRequest('metrics', () => this.#metrics());
    this.#listening.set(number, channel);
    this.logger.info({ worker: number, pid: worker.process.pid }, 'Worker is listening');
    worker.once('exit', (code, signal) => {
      this.#listening.delete(number);
      if (this.#stopping) return;
      this.logger.error({ worker: number, end: signal || code }, 'Worker exited; starting a replacement');
      this.#replaceSoon(number);
    });
    return started.publicUrl;
  }

  #replaceSoon(number: number): void {
    setTimeout(() => {
      if (this.#stopping) return;
      this.#startOne(number).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.logger.error({ worker: number, reason }, 'Worker could not be started; trying again');
        this.#replaceSoon(number);
      });
    }, REPLACE_AFTER).unref();
  }

  /** Returns the metrics of all workers that are listening, with their numbers as the label `worker`. */
  async #metrics(): Promise<string> {
    const channels = [...this.#listening.values()];
    const samples = await Promise.all(channels.map((channel) => channel.request('samples', SAMPLE_WITHIN)));
    return mergeMetrics(samples.filter((each) => each !== undefined) as Samples[]);
  }
}

/** Waits for the first notification of a worker. Its exit before that is a failure too. */
async function firstWord(worker: Worker, channel: Channel): Promise<StartedPool> {
  return new Promise((resolve) => {
    const ended = (): void => {
      resolve({ failure: 'a worker exited while it was starting' });
    };
    worker.once('exit', ended);
    channel.onNotification('started', (value) => {
      worker.off('exit', ended);
      resolve(value as StartedPool);
    });
  });
}
