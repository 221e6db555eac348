import { WITHOUT_TIMEOUTS } from '../domain/sql/statement.js';
import { DatabaseError } from './database-error.js';
import type { ConnectedDatabase } from './orm.js';

/** The key of the advisory lock that serializes migrations of replicas that start at the same time. */
const LOCK_KEY = 7_046_283_651;

const OLDEST = 15;
const NEWEST = 18;

/**
 * Applies the pending migrations under an advisory lock, after checking the version and the encoding of the server.
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
      throw new DatabaseError(
        `DATABASE_URL points to PostgreSQL ${major}; Portico supports PostgreSQL ${OLDEST} to ${NEWEST}`,
      );
    }
    if (rows[0]?.encoding !== 'UTF8') {
      throw new DatabaseError(
        `DATABASE_URL points to a database with the encoding ${rows[0]?.encoding ?? 'unknown'}; Portico requires UTF8`,
      );
    }
  } finally {
    client.release();
  }
  await orm.em.fork().transactional(async (fork) => {
    // The duration of migrations depends on the amount of data, and those of another process are waited for.
    await fork.execute(WITHOUT_TIMEOUTS.text);
    // A transaction-level lock, because a pooler assigns a server connection for no longer than a transaction.
    await fork.execute('select pg_advisory_xact_lock(?)', [LOCK_KEY]);
    const transaction = fork.getTransactionContext<object>();
    await orm.migrator.up(transaction ? { transaction } : {});
  });
}
