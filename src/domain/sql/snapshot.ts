import type { EntityManager } from '@mikro-orm/postgresql';
import type { ClientBase, Pool, PoolClient } from 'pg';
import { poolOf, queryOn, type Statement } from './statement.js';
import { Semaphore } from '../concurrency/semaphore.js';

/** The part of a pool's connections that snapshots may take: whoever reads slowly must not keep the others out. */
const SHARE = 1 / 4;

const turns = new WeakMap<Pool, Semaphore>();

/**
 * One moment of the database, for reading what does not fit into one statement: all that is read through it belongs
 * together. It holds a connection, and only a quarter of them at once; close it as soon as may be.
 */
export class Snapshot {
  readonly #client: ClientBase;
  #release: ((error?: Error) => void) | undefined;

  private constructor(client: PoolClient, release: (error?: Error) => void) {
    this.#client = client;
    this.#release = release;
    // It travels with the first statement, whose failure tells of its own.
    queryOn(client, { text: 'begin isolation level repeatable read read only' }, []).catch(() => undefined);
  }

  /** Opens a snapshot, as of its first statement. Throws TurnTimeout, or as the driver does. */
  static async open(em: EntityManager): Promise<Snapshot> {
    const pool = await poolOf(em);
    const own = turnsOf(pool);
    await own.acquire();
    try {
      const client = await pool.connect();
      return new Snapshot(client, (error) => {
        client.release(error);
        own.release();
      });
    } catch (error) {
      own.release();
      throw error;
    }
  }

  async rows<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return (await queryOn<Row>(this.#client, statement, values)).rows;
  }

  /** Gives the connection back, once. Does not throw: one that cannot end its transaction is not used again. */
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

function turnsOf(pool: Pool): Semaphore {
  const known = turns.get(pool);
  if (known) return known;
  const made = new Semaphore(Math.max(1, Math.floor(pool.options.max * SHARE)));
  turns.set(pool, made);
  return made;
}
