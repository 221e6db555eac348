import type { Database } from './database.js';
import type { ClientBase, PoolClient } from 'pg';
import { queryOn, type Statement } from './statement.js';
import { Semaphore } from '../concurrency/semaphore.js';

/** The share of a pool's connections that snapshots may hold, so that slow readers leave connections for everybody else. */
const SHARE_OF_POOL = 1 / 4;

/** The semaphore of the snapshots of a pool with this many connections. */
export function snapshotSlotsOf(poolSize: number): Semaphore {
  return new Semaphore(Math.max(1, Math.floor(poolSize * SHARE_OF_POOL)));
}

/**
 * A consistent view of the database for reads that take several statements (REPEATABLE READ, read only). It holds a
 * connection of the pool until it is closed; at most a quarter of the connections serve snapshots at the same time.
 */
export class Snapshot {
  readonly #client: ClientBase;
  #release: ((error?: Error) => void) | undefined;

  private constructor(client: PoolClient, release: (error?: Error) => void) {
    this.#client = client;
    this.#release = release;
    // Pipelined with the first statement, whose own failure reports that this one failed.
    queryOn(client, { text: 'begin isolation level repeatable read read only' }, []).catch(() => undefined);
  }

  /** Opens a snapshot. Its view is that of its first statement. Throws AcquireTimeout, or as the driver does. */
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

  /** Returns the connection to the pool; further calls do nothing. Never throws: a connection whose transaction cannot be ended is discarded. */
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
