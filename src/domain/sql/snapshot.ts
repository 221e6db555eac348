import type { Database } from './database.js';
import type { ClientBase, PoolClient } from 'pg';
import { queryOn, type Statement } from './statement.js';
import { Semaphore } from '../concurrency/semaphore.js';

/** The share of the pool that snapshots may hold, so that slow readers leave connections for other requests. */
const SHARE_OF_POOL = 1 / 4;

/** Creates the semaphore for the snapshots of a pool of the given size. */
export function snapshotSlotsOf(poolSize: number): Semaphore {
  return new Semaphore(Math.max(1, Math.floor(poolSize * SHARE_OF_POOL)));
}

/**
 * A consistent, read-only view of the database for reads of several statements (REPEATABLE READ). It holds a connection
 * until it is closed; at most a quarter of the pool serves snapshots at the same time.
 */
export class Snapshot {
  readonly #client: ClientBase;
  #release: ((error?: Error) => void) | undefined;

  private constructor(client: PoolClient, release: (error?: Error) => void) {
    this.#client = client;
    this.#release = release;
    // Pipelined with the first statement, whose own failure also reports a failure of this one.
    queryOn(client, { text: 'begin isolation level repeatable read read only' }, []).catch(() => undefined);
  }

  /** Opens a snapshot. Its first statement determines the view. Throws AcquireTimeout, or an error of the driver. */
  static async open(db: Database): Promise<Snapshot> {
    await db.snapshotSlots.acquire();
    try {
      const client = await db.pool.connect();
      return new Snapshot(client, (error) => {
        client.release(error);
        db.snapshotSlots.release();
      });
    } catch (error) {
      db.snapshotSlots.release();
      throw error;
    }
  }

  async rows<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return (await queryOn<Row>(this.#client, statement, values)).rows;
  }

  /**
   * Returns the connection to the pool. Further calls have no effect. Never throws: a connection whose transaction
   * cannot be rolled back is discarded.
   */
  async close(): Promise<void> {
    const release = this.#release;
    this.#release = undefined;
    if (!release) return;
    const failure = await queryOn(this.#client, { text: 'rollback' }, []).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    release(failure);
  }
}
