import { isExpired, type Authenticator } from '../../domain/token/authenticator.js';
import type { Principal } from '../../domain/token/principal.js';

/** The reason why the server ends a connection: its token is no longer valid, or the server is shutting down. */
export type EndReason = 'FORBIDDEN' | 'GOING_AWAY';

/** A long-lived connection: a WebSocket or an event stream. */
export interface OpenConnection {
  /** The number of bytes buffered for the client. */
  readonly unsentBytes: number;
  /** Ends the connection, within two seconds even if the client does not cooperate. */
  end(reason: EndReason): void;
}

export interface OpenConnectionsOptions {
  /** The maximum number of open connections per token in this process. */
  readonly perToken: number;
  readonly onError: (error: unknown) => void;
}

/** The open connections of one token. */
interface TokenConnections {
  readonly principal: Principal;
  readonly connections: Set<OpenConnection>;
}

/** The interval at which tokens are checked, in milliseconds: twice within the second that a revocation may take. */
const CHECK_INTERVAL = 500;
/**
 * The maximum time for ending all connections on shutdown, and the maximum delay between two of them, in milliseconds.
 * Connections are ended one by one, so that clients do not all reconnect at once.
 */
const DRAIN_TIMEOUT = 5_000;
const MAX_DRAIN_DELAY = 10;

/**
 * Tracks open connections. It limits their number per token, ends those of tokens that have expired or were revoked, in
 * any process, and drains them on shutdown.
 */
export class OpenConnections {
  readonly #all = new Map<OpenConnection, TokenConnections | undefined>();
  readonly #byToken = new Map<string, TokenConnections>();
  #checking: NodeJS.Timeout | undefined;
  #isDraining = false;
  #onEmpty: () => void = () => undefined;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly options: OpenConnectionsOptions,
  ) {
    this.#scheduleCheck();
  }

  /** The maximum number of open connections per token. */
  get perToken(): number {
    return this.options.perToken;
  }

  /** Whether the server is shutting down and admits no more connections. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** The number of bytes buffered for clients. */
  unsentBytes(): number {
    return this.#all.keys().reduce((sum, { unsentBytes }) => sum + unsentBytes, 0);
  }

  /** Adds a connection, whose client may not be authenticated yet. */
  add(connection: OpenConnection): void {
    this.#all.set(connection, undefined);
  }

  /** Assigns a connection to a token. False, without effect, if the token has reached its limit. */
  admit(connection: OpenConnection, principal: Principal): boolean {
    const known = this.#byToken.get(principal.actorName);
    if (known && known.connections.size >= this.options.perToken) return false;
    // It may have ended during authentication.
    if (!this.#all.has(connection)) return true;
    const entry = known ?? { principal, connections: new Set() };
    this.#byToken.set(principal.actorName, entry);
    entry.connections.add(connection);
    this.#all.set(connection, entry);
    return true;
  }

  /** Removes a connection that has ended. */
  delete(connection: OpenConnection): void {
    const entry = this.#all.get(connection);
    this.#all.delete(connection);
    entry?.connections.delete(connection);
    if (entry?.connections.size === 0) this.#byToken.delete(entry.principal.actorName);
    if (this.#all.size === 0) this.#onEmpty();
  }

  /** Ends all connections, at least a hundred per second and within five seconds, and waits until they are closed. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    clearTimeout(this.#checking);
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    const all = [...this.#all.keys()];
    const interval = Math.min(MAX_DRAIN_DELAY, DRAIN_TIMEOUT / all.length);
    const start = Date.now();
    for (const [index, connection] of all.entries()) {
      const delay = start + index * interval - Date.now();
      if (delay >= 1) await new Promise((resolve) => setTimeout(resolve, delay));
      if (this.#all.has(connection)) connection.end('GOING_AWAY');
    }
    if (this.#all.size > 0) await empty;
  }

  #scheduleCheck(): void {
    this.#checking = setTimeout(() => {
      this.#endForbidden()
        .catch((error: unknown) => this.options.onError(error))
        .finally(() => {
          if (!this.#isDraining) this.#scheduleCheck();
        });
    }, CHECK_INTERVAL);
    this.#checking.unref();
  }

  /** Expiry is checked locally, so it takes effect even while the database is unavailable. */
  async #endForbidden(): Promise<void> {
    const principals = [...this.#byToken.values()].map(({ principal }) => principal);
    for (const principal of principals) if (isExpired(principal)) this.#forbid(principal);
    for (const principal of await this.authenticator.findRevoked(principals)) this.#forbid(principal);
  }

  #forbid({ actorName }: Principal): void {
    for (const connection of [...(this.#byToken.get(actorName)?.connections ?? [])]) connection.end('FORBIDDEN');
  }
}
