import type { Pool } from 'pg';
import type { Config } from '../config.js';
import { openEmbeddedPostgres } from './embedded/embedded-postgres.js';
import { DatabaseError, migrateDatabase } from './migrate.js';
import { connectDatabase, type ConnectedDatabase, type DatabaseOptions } from './orm.js';

/** A database that is reachable and has every migration. */
export interface OpenedDatabase extends ConnectedDatabase {
  readonly url: string;
  /** Closes the pool, and with it the embedded server when nobody else uses it. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** The class of the driver's clients; tests count statements with one of their own. */
  readonly clientClass?: DatabaseOptions['clientClass'];
  /** How many connections the processes that serve may want together; an embedded server that is started has so many. */
  readonly connections?: number;
}

/**
 * Opens the database of a configuration: the one that `DATABASE_URL` names, or the embedded one. Applies migrations.
 *
 * @throws DatabaseError or EmbeddedPostgresError, whose messages are one line for a person
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
  // A PGSSLMODE in the environment means other servers than the embedded one.
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

/** What the embedded server has room for without being told, and what it keeps for commands beside those who serve. */
const USUAL_CONNECTIONS = 200;
const SPARE_CONNECTIONS = 50;

function settingsFor(connections: number): Record<string, string> {
  const wanted = connections + SPARE_CONNECTIONS;
  return wanted > USUAL_CONNECTIONS ? { max_connections: String(wanted) } : {};
}

/** Whatever keeps us out is a matter of the configuration, also where the driver has no code for it. */
async function reach(pool: Pool): Promise<void> {
  try {
    (await pool.connect()).release();
  } catch (error) {
    throw new Unreachable('The database cannot be reached', { cause: error });
  }
}

class Unreachable extends Error {}

/** What the server refuses, and that it cannot be reached, comes in one line, without the password in the URL. */
function inOneLine(error: unknown, subject: string): unknown {
  if (!(error instanceof Error) || error instanceof DatabaseError) return error;
  const cause = error.cause instanceof Error ? error.cause : error;
  const isForPeople = error instanceof Unreachable || ('code' in cause && typeof cause.code === 'string');
  const causes = cause instanceof AggregateError ? cause.errors.map(String).join('; ') : cause.message;
  return isForPeople ? new DatabaseError(`${subject} cannot be used: ${causes.split('\n', 1).join('')}`) : error;
}
