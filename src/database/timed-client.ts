import pg from 'pg';
import { WITHOUT_TIMEOUTS } from '../domain/sql/statement.js';

type Release = (error?: Error | boolean) => void;

/**
 * A pooled client that discards its connection when a query is not answered within `query_timeout`, as the driver does, except
 * in a transaction that has lifted its timeouts. A connection that was discarded or has ended leaves the pool at once.
 */
export class TimedClient extends pg.Client {
  // Missing in the driver's types. The driver reads it for each query.
  declare readonly connectionParameters: { query_timeout: number | string | false };
  #isLifted = false;
  #hasEnded = false;
  #release: Release = () => undefined;

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // A URL gives it as text, and the driver would not take "0" for "no limit" as PostgreSQL does.
    this.connectionParameters.query_timeout = Number(this.connectionParameters.query_timeout);
    // The ORM does not release a connection whose rollback failed, so the pool would lose a slot for good.
    this.once('end', () => {
      this.#hasEnded = true;
      this.#release(true);
    });
  }

  get release(): Release {
    return this.#release;
  }

  /** The pool sets it whenever it hands out the client. */
  set release(returnToPool: Release) {
    let isHeld = true;
    this.#release = (error) => {
      if (!isHeld && this.#hasEnded) return;
      isHeld = false;
      // The pool would hand out a connection that was just discarded and has not emitted its end yet.
      returnToPool(error ?? this.connection.stream.destroyed);
    };
  }

  // `query` of the driver has six overloads. This one passes the arguments of all of them on unchanged.
  override query(...parameters: unknown[]): never {
    const text = textOf(parameters[0]);
    if (text === WITHOUT_TIMEOUTS.text) this.#isLifted = true;
    if (!this.#isLifted) return (super.query as (...all: unknown[]) => never)(...parameters);
    // With pipelining, the end of the transaction waits for the statements before it.
    if (text === 'commit' || text === 'rollback') this.#isLifted = false;
    const { query_timeout: limit } = this.connectionParameters;
    this.connectionParameters.query_timeout = 0;
    try {
      return (super.query as (...all: unknown[]) => never)(...parameters);
    } finally {
      this.connectionParameters.query_timeout = limit;
    }
  }
}

function textOf(query: unknown): unknown {
  return typeof query === 'object' && query !== null && 'text' in query ? query.text : query;
}
