import type { EntityManager } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';
import type { Semaphore } from '../concurrency/semaphore.js';

/** Access to one PostgreSQL database. */
export interface Database {
  /** For statements: `query`, `inTransaction` and `Snapshot.open` take their connections from it. */
  readonly pool: Pool;
  /** For administrative commands on directories, tokens and schemas, which go through the ORM. Fork it before use. */
  readonly em: EntityManager;
  /** Limits how many connections of the pool snapshots may hold at once. */
  readonly snapshotSlots: Semaphore;
}
