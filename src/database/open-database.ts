import type { Pool } from 'pg';
import { openEmbeddedPostgres } from './embedded/embedded-postgres.js';
import { DatabaseError } from './database-error.js';
import { migrateDatabase } from './migrate.js';
import { connectDatabase, type ConnectedDatabase, type DatabaseOptions } from './orm.js';

/** A database that is reachable and fully migrated. */
export interface OpenedDatabase extends ConnectedDatabase {
  readonly url: string;
  /** Closes the pool, and stops the embedded server if no other process uses it. */
  close(): Promise<void>;
}

/** The settings of the database; see docs/configuration.md. */
export interface DatabaseSettings {
  /** The URL of an existing database; undefined for the embedded one. */
  readonly databaseUrl: string | undefined;
  /** The data folder of the embedded database. */
  readonly dataDir: string;
  /** Whether statements are prepared by name. */
  readonly prepared: boolean;
  /** The maximum number of connections in the pool. */
  readonly poolSize: number;
}

export interface OpenOptions {
  /** The client class of the driver; tests use one that counts statements. */
  readonly clientClass?: DatabaseOptions['clientClass'];
  /**
   * The maximum number of connections of all server processes. An embedded server that is started here accepts as many.
   */
  readonly connections?: number;
}

/**
 * Opens the database at `DATABASE_URL`, or the embedded one, and applies the pending migrations.
 *
 * @throws DatabaseError or EmbeddedPostgresError, whose messages are one line for the user
 */
export async function openDatabase(
  config: DatabaseSettings,
  log: (line: string) => void,
  { clientClass, connections = 0 }: OpenOptions = {},
): Promise<OpenedDatabase> {
  const embedded =
    config.databaseUrl === undefined
      ? await openEmbeddedPostgres({ dataDir: config.dataDir, log, settings: settingsFor(connections) })
      : undefined;
  // PGSSLMODE in the environment is not meant for the embedded server.
  const url = config.databaseUrl ?? `${embedded?.url ?? ''}?sslmode=disable`;
  let database: ConnectedDatabase | undefined;
  try {
    database = await connectDatabase({
      url,
      prepared: config.prepared,
      poolSize: config.poolSize,
      ...(clientClass ? { clientClass } : {}),
    });
    const { orm, pool } = database;
    await testConnection(pool);
    await migrateDatabase(database);
    return {
      ...database,
      url,
      async close() {
        await orm.close();
        await embedded?.close();
      },
    };
  } catch (error) {
    await database?.orm.close();
    await embedded?.close();
    throw inOneLine(error, embedded ? 'The embedded database' : 'DATABASE_URL');
  }
}

/** The default max_connections of the embedded server, and the number of connections that are reserved for commands. */
const DEFAULT_CONNECTIONS = 200;
const RESERVED_CONNECTIONS = 50;

function settingsFor(connections: number): Record<string, string> {
  const required = connections + RESERVED_CONNECTIONS;
  return required > DEFAULT_CONNECTIONS ? { max_connections: String(required) } : {};
}

/**
 * Connects once. Every failure is reported to the user as a configuration error, even if the error of the driver has no
 * code.
 */
async function testConnection(pool: Pool): Promise<void> {
  try {
    (await pool.connect()).release();
  } catch (error) {
    throw new ConnectionFailure('The database cannot be reached', { cause: error });
  }
}

class ConnectionFailure extends Error {}

/** Converts errors of the server and of the connection to one line that does not contain the password in the URL. */
function inOneLine(error: unknown, subject: string): unknown {
  if (!(error instanceof Error) || error instanceof DatabaseError) return error;
  const cause = error.cause instanceof Error ? error.cause : error;
  const isUserFacing = error instanceof ConnectionFailure || ('code' in cause && typeof cause.code === 'string');
  const causes = cause instanceof AggregateError ? cause.errors.map(String).join('; ') : cause.message;
  return isUserFacing ? new DatabaseError(`${subject} cannot be used: ${causes.split('\n', 1).join('')}`) : error;
}
