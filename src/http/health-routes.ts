import type { MikroORM } from '@mikro-orm/postgresql';
import type { RequestHandler } from 'express';
import type { Pool } from 'pg';
import { withDeadline } from '../domain/concurrency/deadline.js';

/** The timeout of the database query of /readyz, in milliseconds. It is shorter than the timeouts of load balancers. */
const DATABASE_DEADLINE = 3_000;

/** GET /healthz: liveness. It does not query the database, so that a database failure does not restart the process. */
export const healthz: RequestHandler = (_request, response) => {
  response.json({ status: 'ok' });
};

/**
 * GET /readyz: readiness. Responds with 503 while the database is unavailable or lacks a migration, and during
 * shutdown.
 */
export function readyz(orm: MikroORM, pool: Pool, isClosing: () => boolean): RequestHandler {
  let migrated = false;
  return async (_request, response) => {
    const reason = isClosing() ? 'shutting down' : await findFault();
    response
      .status(reason === undefined ? 200 : 503)
      .json(reason === undefined ? { status: 'ok' } : { status: reason });
  };

  async function queryDatabase(): Promise<void> {
    await pool.query('select 1');
    migrated ||= (await orm.migrator.getPending()).length === 0;
  }

  async function findFault(): Promise<string | undefined> {
    try {
      await withDeadline(queryDatabase(), DATABASE_DEADLINE, 'The database');
      return migrated ? undefined : 'migrations are missing';
    } catch (error) {
      return `the database does not answer${error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''}`;
    }
  }
}
