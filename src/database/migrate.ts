import type { ConnectedDatabase } from './orm.js';

/** The key of the advisory lock under which migrations run: replicas that start together wait for each other. */
const LOCK_KEY = 7_046_283_651;

const OLDEST = 15;
const NEWEST = 18;

/** A database that Portico cannot work with. The message is one line for a person. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

/**
 * Checks that the server is one that Portico knows, and runs a piece of work while no other process of it does the same.
 *
 * @throws DatabaseError for PostgreSQL outside 15 to 18 or a database that is not UTF-8
 */
export async function migrateDatabase({ orm, pool }: ConnectedDatabase): Promise<void> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ version: string; encoding: string }>(
      `select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding`,
    );
    const major = Math.floor(Number(rows[0]?.version) / 10_000);
    if (major < OLDEST || major > NEWEST) {
      throw new DatabaseError(`DATABASE_URL is PostgreSQL ${major}; Portico runs on ${OLDEST} to ${NEWEST}`);
    }
    if (rows[0]?.encoding !== 'UTF8') {
      throw new DatabaseError(`DATABASE_URL has the encoding ${rows[0]?.encoding ?? 'unknown'}; Portico needs UTF8`);
    }
    // In a transaction, because a pooler keeps a connection together no longer than that. It ends with the client.
    await client.query('begin');
    try {
      await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
      await orm.migrator.up();
    } finally {
      await client.query('rollback');
    }
  } finally {
    client.release();
  }
}
