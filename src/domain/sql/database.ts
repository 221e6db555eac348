import type { EntityManager } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';
import type { Semaphore } from '../concurrency/semaphore.js';

/** Access to one PostgreSQL database. */
export interface Database {
  /** The pool for statements: `query`, `inTransaction` and `Snapshot.open` take their connections from it. */
  readonly pool: Pool;
  /** The ORM for administrative commands on directories, tokens and schemas. Fork it before use. */
  readonly em: EntityManager;
  /** Limits the number of pool connections that snapshots may hold at once. */
  readonly snapshotSlots: Semaphore;
}
