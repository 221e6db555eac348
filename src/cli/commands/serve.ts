import type { Logger } from 'pino';
import { readConfig, type Config } from '../../config.js';
import { openDatabase, type OpenedDatabase } from '../../database/open-database.js';
import { recordPublicUrl } from '../../database/server-state.js';
import { findFreePort } from '../../free-port.js';
import { SCIM_PATH } from '../../scim/router.js';
import { createFirstDirectory, findOldestDirectory, type BootstrapTokens } from './bootstrap.js';
import { withBindErrors, listen } from '../terminal/listen.js';
import { openLog } from '../terminal/log.js';
import { print } from '../terminal/print.js';
import { listenForStop, stopped } from '../terminal/stop.js';
import { WorkerPool } from '../workers/worker-pool.js';

export interface ServeOptions {
  /** The number of processes that share the port; at least 1. */
  readonly workers: number;
}

/** The running server: this process, or its workers. */
interface Serving {
  readonly publicUrl: string;
  stop(): Promise<void>;
}

/** The timeout for stopping the workers, in milliseconds. It exceeds the 20 seconds that each worker may take. */
const STOP_TIMEOUT = 25_000;

/** Runs `portico serve`, as `npm start` does. */
export async function serve({ workers }: ServeOptions): Promise<void> {
  const config = readConfig();
  const stop = workers > 1 ? listenForStop(STOP_TIMEOUT) : listenForStop();
  const logger = openLog(config);
  const connections = workers * connectionsOf(config);
  const database = await openDatabase(
    config,
    (line) => {
      logger.info(line);
    },
    { connections },
  );
  try {
    if (stop.aborted) return;
    await warnOfFewConnections(database, connections, logger);
    const serving = await (workers > 1
      ? startWorkers(workers, config, database, logger)
      : startAlone(config, database, logger));
    try {
      await recordPublicUrl(database.em, serving.publicUrl);
      const first = await createFirstDirectory(database.em, config);
      const directory = await findOldestDirectory(database.em);
      logger.flush();
      printWelcome(serving.publicUrl, directory?.slug, first, config);
      await stopped(stop);
      logger.info(`Received ${String(stop.reason)}; finishing requests in flight`);
    } finally {
      await serving.stop();
    }
  } finally {
    await database.close();
  }
}

/** Returns the maximum number of database connections of one process: its pool, and one for notifications. */
function connectionsOf({ poolSize }: Config): number {
  return poolSize + 1;
}

/**
 * Warns if PostgreSQL accepts fewer connections than the server may open. Not an error, because a pooler may limit
 * them.
 */
async function warnOfFewConnections({ pool }: OpenedDatabase, required: number, logger: Logger): Promise<void> {
  const { rows } = await pool.query<{ available: number }>(
    `select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as available`,
  );
  const available = rows[0]?.available ?? required;
  if (available >= required) return;
  logger.warn(
    `The server may open up to ${required} database connections, but PostgreSQL accepts ${available}; lower PORTICO_POOL_SIZE or raise max_connections`,
  );
}

async function startAlone(config: Config, database: OpenedDatabase, logger: Logger): Promise<Serving> {
  const portico = await listen({ config, database, logger });
  return { publicUrl: portico.publicUrl, stop: () => portico.close() };
}

async function startWorkers(count: number, config: Config, database: OpenedDatabase, logger: Logger): Promise<Serving> {
  // With a shared port, a worker could not detect that another program is using it. The primary therefore chooses a
  // free port first.
  const port = await withBindErrors(findFreePort(config.host, config.port), config);
  const environment = { DATABASE_URL: database.url, PORT: String(port) };
  const { pool, publicUrl } = await WorkerPool.start(count, environment, logger);
  return { publicUrl, stop: () => pool.stop() };
}

function printWelcome(
  publicUrl: string,
  slug: string | undefined,
  first: BootstrapTokens | undefined,
  { databaseUrl, dataDir }: Config,
): void {
  print();
  print(`  Portico is running.`);
  print();
  print(`  GraphQL       ${publicUrl}/graphql`);
  print(`  Tenant URL    ${publicUrl}${SCIM_PATH}/${slug ?? '<slug>'}`);
  if (first) {
    print(`  Secret Token  ${first.secretToken}`);
    if (first.adminToken !== undefined) print(`  Admin token   ${first.adminToken}`);
    print();
    print('  The tokens are not shown again. Enter the Tenant URL and the Secret Token in Entra.');
  }
  if (!first) print('  Tokens        npm run -s portico -- token create --help');
  print();
  print(`  Data          ${databaseUrl === undefined ? dataDir : 'DATABASE_URL'}`);
  print('  Stop          Ctrl-C');
  print();
}
