import { readConfig, type Config } from '../../config.js';
import { openDatabase, type OpenedDatabase } from '../../database/open-database.js';
import { listenForStop } from '../terminal/stop.js';
import { UsageError } from '../terminal/usage-error.js';

/** Opens the configured database, runs `work` and closes the database. A server may be using it at the same time. */
export async function withDatabase<Result>(
  work: (database: OpenedDatabase, config: Config) => Promise<Result>,
): Promise<Result> {
  const config = readConfig();
  const stop = listenForStop();
  const database = await openDatabase(config, () => undefined);
  try {
    if (stop.aborted) throw new UsageError(`stopped by ${String(stop.reason)} before making any change`);
    return await work(database, config);
  } finally {
    await database.close();
  }
}
