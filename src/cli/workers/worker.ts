import cluster from 'node:cluster';
import { readConfig } from '../../config.js';
import { openDatabase } from '../../database/open-database.js';
import { Metrics } from '../../http/metrics.js';
import { isUserFacingError } from '../terminal/user-facing-error.js';
import { listen } from '../terminal/listen.js';
import { openLog } from '../terminal/log.js';
import { listenForStop, stopped } from '../terminal/stop.js';
import { UsageError } from '../terminal/usage-error.js';
import { Channel } from './channel.js';
import type { StartedPool } from './worker-pool.js';

/** How long the primary may take to collect the metrics: longer than each worker may. Milliseconds. */
const METRICS_WITHIN = 2_000;

/**
 * Whether the system distributes connections over all processes that listen on a port (SO_REUSEPORT). Elsewhere the
 * primary accepts them and passes them on, and a client whose connection is passed to a worker that is killed waits in
 * vain.
 */
const SHARES_PORT = ['linux', 'freebsd'].includes(process.platform);

/**
 * Runs `portico worker`, one of the processes that `portico serve --workers` starts. It serves the shared port until it
 * receives a signal, or until the primary process has exited.
 *
 * @param number the number of the worker, from 1
 * @throws UsageError if it was not started by `serve --workers`
 */
export async function worker(number: number): Promise<void> {
  const { worker: self } = cluster;
  if (!self) throw new UsageError('workers are started by serve --workers and cannot be started by hand');
  const primary = new Channel(self);
  const report = (started: StartedPool): void => {
    primary.notify('started', started);
  };
  try {
    await work(number, primary, report);
  } catch (error) {
    // The primary prints the message once for all workers.
    if (!isUserFacingError(error)) throw error;
    report({ failure: error.message });
  }
  self.disconnect();
}

async function work(number: number, primary: Channel, report: (started: StartedPool) => void): Promise<void> {
  const config = readConfig();
  const stop = listenForStop();
  const logger = openLog(config, number);
  const database = await openDatabase(config, () => undefined);
  try {
    const metrics = new Metrics(database.pool, {
      labels: { worker: String(number) },
      all: async () => {
        const text = await primary.request('metrics', METRICS_WITHIN);
        if (typeof text !== 'string') throw new Error('The metrics of the workers could not be collected');
        return text;
      },
    });
    primary.onRequest('samples', () => metrics.samples());
    const portico = await listen({ config, database, logger, metrics, sharesPort: SHARES_PORT });
    try {
      report({ publicUrl: portico.publicUrl });
      await stopped(stop);
    } finally {
      await portico.close();
    }
  } finally {
    await database.close();
  }
}
