import { setTimeout as delay } from 'node:timers/promises';
import { errorLine } from './process/embedded-postgres-error.js';
import type { Session } from './session.js';

/** The application_name by which processes that use the server recognize each other. */
export const keepaliveName = 'portico keeper';

/**
 * An idle connection that marks the server as in use while a process has the database open, since the pool of the
 * process may have no connection at that moment. It reconnects when PostgreSQL restarts itself after the crash of a
 * backend.
 */
export class KeepaliveConnection {
  readonly #connect: () => Promise<Session>;
  readonly #log: (line: string) => void;
  readonly #ending = new AbortController();
  #session: Session | undefined;
  #reconnecting: Promise<void> | undefined;

  constructor(session: Session, reconnect: () => Promise<Session>, log: (line: string) => void) {
    this.#connect = reconnect;
    this.#log = log;
    this.#watch(session);
  }

  /** The process id of the connection's backend; undefined while disconnected. */
  get backend(): number | undefined {
    return this.#session?.backend;
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#reconnecting;
    await this.#session?.end();
  }

  #watch(session: Session): void {
    this.#session = session;
    session.client.once('end', () => {
      this.#session = undefined;
      if (!this.#ending.signal.aborted) this.#reconnecting = this.#reconnectWithRetries();
    });
  }

  async #reconnectWithRetries(): Promise<void> {
    this.#log('The embedded PostgreSQL closed the connection; reconnecting');
    let reason: unknown;
    for (let attempt = 0; attempt < 20; attempt++) {
      try {
        await delay(500, undefined, { ref: false, signal: this.#ending.signal });
        this.#watch(await this.#connect());
        return;
      } catch (error) {
        if (this.#ending.signal.aborted) return;
        reason = error;
      }
    }
    this.#log(`Could not reconnect to the embedded PostgreSQL: ${errorLine(reason)}`);
  }
}
