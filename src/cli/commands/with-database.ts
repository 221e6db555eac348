import { readConfig, type Config } from '../../config.js';
import { openDatabase, type OpenedDatabase } from '../../database/open-database.js';
import { listenForStop } from '../terminal/stop.js';
import { UsageError } from '../terminal/usage-error.js';

/** Runs one piece of work on the configured database, beside a running server or alone, and closes it again. */
export async function withDatabase<Result>(
  work: (database: OpenedDatabase, config: Config) => Promise<Result>,
): Promise<Result> {
  const config = readConfig();
  const stop = listenForStop();
  const database = await openDatabase(config, () => undefined);
  try {
    if (stop.aborted) throw new UsageError(`stopped by ${String(stop.reason)} before anything was done`);
    return await work(database, config);
  } finally {
    await database.close();
  }
}
