import type { MikroORM } from '@mikro-orm/postgresql';
import type { RequestHandler } from 'express';
import type { Pool } from 'pg';

/** GET /healthz: the process answers. It asks no database, so that a database's fault restarts nobody. */
export const healthz: RequestHandler = (_request, response) => {
  response.json({ status: 'ok' });
};

/** GET /readyz: the database answers and has every migration. 503 otherwise, also while the server shuts down. */
export function readyz(orm: MikroORM, pool: Pool, isClosing: () => boolean): RequestHandler {
  let migrated = false;
  return async (_request, response) => {
    const reason = isClosing() ? 'shutting down' : await findFault();
    response
      .status(reason === undefined ? 200 : 503)
      .json(reason === undefined ? { status: 'ok' } : { status: reason });
  };

  async function findFault(): Promise<string | undefined> {
    try {
      await pool.query('select 1');
      migrated ||= (await orm.migrator.getPending()).length === 0;
      return migrated ? undefined : 'migrations are missing';
    } catch (error) {
      return `the database does not answer${error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''}`;
    }
  }
}
