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

/** How long the others may take to give their metrics, in milliseconds; longer than each of them may. */
const METRICS_WITHIN = 2_000;

/**
 * Where systems spread connections over all that listen on a port. Elsewhere the first process takes them and hands them
 * on, with which a client may wait in vain: a connection on its way to a worker that is killed is nobody's.
 */
const SHARES_PORT = ['linux', 'freebsd'].includes(process.platform);

/**
 * `portico worker`: one of the processes of `portico serve --workers`, which starts it. Serves the port that all of them
 * share until it is told to stop, or until the process that has started it is gone.
 *
 * @param number its number among them, from 1 on
 * @throws UsageError when a person has started it
 */
export async function worker(number: number): Promise<void> {
  const { worker: self } = cluster;
  if (!self) throw new UsageError('A worker is started by serve --workers, and by nobody else');
  const primary = new Channel(self);
  const tell = (started: StartedPool): void => {
    primary.tell('started', started);
  };
  try {
    await work(number, primary, tell);
  } catch (error) {
    // Who has started it says the line for all workers.
    if (!isUserFacingError(error)) throw error;
    tell({ failure: error.message });
  }
  self.disconnect();
}

async function work(number: number, primary: Channel, tell: (started: StartedPool) => void): Promise<void> {
  const config = readConfig();
  const stop = listenForStop();
  const logger = openLog(config, number);
  const database = await openDatabase(config, () => undefined);
  try {
    const metrics = new Metrics(database.pool, {
      labels: { worker: String(number) },
      all: async () => {
        const text = await primary.ask('metrics', METRICS_WITHIN);
        if (typeof text !== 'string') throw new Error('The metrics of all workers could not be gathered');
        return text;
      },
    });
    primary.onAsked('samples', () => metrics.samples());
    const portico = await listen({ config, database, logger, metrics, sharesPort: SHARES_PORT });
    try {
      tell({ publicUrl: portico.publicUrl });
      await stopped(stop);
    } finally {
      await portico.close();
    }
  } finally {
    await database.close();
  }
}
