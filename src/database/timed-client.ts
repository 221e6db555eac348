import { Socket } from 'node:net';
import pg from 'pg';
import { WITHOUT_TIMEOUTS } from '../domain/sql/statement.js';

type Release = (error?: Error | boolean) => void;

/**
 * A pooled client that discards its connection when PostgreSQL does not answer a query within `query_timeout`, except in a
 * transaction that has lifted its timeouts. A connection that was discarded or has ended leaves the pool at once.
 *
 * It uses the idle timeout of the socket, which one timer serves. The driver would start a timer for each query, whose
 * allocations took a tenth of the CPU time of a small request.
 */
export class TimedClient extends pg.Client {
  // Missing in the driver's types. The driver would read it for each query.
  declare readonly connectionParameters: { query_timeout: number | string | false };
  /** False while a query is sent and not answered. Missing in the driver's types. */
  declare readonly readyForQuery: boolean;
  #isLifted = false;
  /** True once the end of a transaction with lifted timeouts was sent. */
  #isEnding = false;
  #hasEnded = false;
  #release: Release = () => undefined;

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // Text if the URL sets it. 0 means no limit, as in PostgreSQL.
    const limit = Number(this.connectionParameters.query_timeout);
    this.connectionParameters.query_timeout = 0;
    // Not earlier: TLS replaces the socket while the client connects.
    this.once('connect', () => {
      const { stream } = this.connection;
      if (stream instanceof Socket) stream.setTimeout(limit).on('timeout', () => this.#discardUnanswered(stream));
    });
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
    this.#isLifted = this.#isEnding = false;
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
    // With pipelining, the end of the transaction is sent before the statements ahead of it are answered.
    if (this.#isEnding && this.readyForQuery) this.#isLifted = this.#isEnding = false;
    if (text === WITHOUT_TIMEOUTS.text) this.#isLifted = true;
    else if (text === 'commit' || text === 'rollback') this.#isEnding = this.#isLifted;
    return (super.query as (...all: unknown[]) => never)(...parameters);
  }

  #discardUnanswered(stream: Socket): void {
    if (!this.readyForQuery && !this.#isLifted) stream.destroy(new Error('Query read timeout'));
  }
}

function textOf(query: unknown): unknown {
  return typeof query === 'object' && query !== null && 'text' in query ? query.text : query;
}
