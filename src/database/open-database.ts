import type { Pool } from 'pg';
import type { Config } from '../config.js';
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

export interface OpenOptions {
  /** The client class of the driver; tests use one that counts statements. */
  readonly clientClass?: DatabaseOptions['clientClass'];
  /** How many connections all server processes may open; an embedded server that is started here accepts as many. */
  readonly connections?: number;
}

/**
 * Opens the database at `DATABASE_URL`, or the embedded one, and applies the pending migrations.
 *
 * @throws DatabaseError or EmbeddedPostgresError, whose messages are one line for the user
 */
export async function openDatabase(
  config: Config,
  log: (line: string) => void,
  { clientClass, connections = 0 }: OpenOptions = {},
): Promise<OpenedDatabase> {
  const embedded =
    config.databaseUrl === undefined
      ? await openEmbeddedPostgres({ dataDir: config.dataDir, log, settings: settingsFor(connections) })
      : undefined;
  // PGSSLMODE in the environment is meant for other servers than the embedded one.
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
    await reach(pool);
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

/** The default max_connections of the embedded server, and how many connections are reserved for commands. */
const USUAL_CONNECTIONS = 200;
const SPARE_CONNECTIONS = 50;

function settingsFor(connections: number): Record<string, string> {
  const wanted = connections + SPARE_CONNECTIONS;
  return wanted > USUAL_CONNECTIONS ? { max_connections: String(wanted) } : {};
}

/** Connects once. Every failure is a matter of configuration, also where the error of the driver has no code. */
async function reach(pool: Pool): Promise<void> {
  try {
    (await pool.connect()).release();
  } catch (error) {
    throw new Unreachable('The database cannot be reached', { cause: error });
  }
}

class Unreachable extends Error {}

/** Turns errors of the server and of the connection into one line that does not contain the password of the URL. */
function inOneLine(error: unknown, subject: string): unknown {
  if (!(error instanceof Error) || error instanceof DatabaseError) return error;
  const cause = error.cause instanceof Error ? error.cause : error;
  const isForPeople = error instanceof Unreachable || ('code' in cause && typeof cause.code === 'string');
  const causes = cause instanceof AggregateError ? cause.errors.map(String).join('; ') : cause.message;
  return isForPeople ? new DatabaseError(`${subject} cannot be used: ${causes.split('\n', 1).join('')}`) : error;
}
