import { isExpired, type Authenticator } from '../../domain/token/authenticator.js';
import type { Principal } from '../../domain/token/principal.js';

/** Why the server ends what a client keeps open: its token opens nothing any more, or the server stops. */
export type EndReason = 'FORBIDDEN' | 'GOING_AWAY';

/** What a client keeps open: a WebSocket, or a stream of events. */
export interface OpenConnection {
  /** How many bytes wait here for the client to take them. */
  readonly unsentBytes: number;
  /** Ends it, within two seconds even where the client does nothing about it. */
  end(reason: EndReason): void;
}

export interface OpenConnectionsOptions {
  /** How many one token may keep open in this process. */
  readonly perToken: number;
  readonly onError: (error: unknown) => void;
}

/** What one token keeps open. */
interface Held {
  readonly principal: Principal;
  readonly connections: Set<OpenConnection>;
}

/** How often it is asked whether tokens are still good, in milliseconds: twice in the second that a revocation may take. */
const CHECK_EVERY = 500;
/** When the server stops, its clients are sent away one by one, so that they do not come back all at once. Milliseconds. */
const DRAIN_WITHIN = 5_000;
const DRAIN_EVERY = 10;

/**
 * Who keeps what open. It counts by token, ends what belongs to tokens that have expired or were revoked, in whatever
 * process, and empties the house when the server stops.
 */
export class OpenConnections {
  readonly #all = new Map<OpenConnection, Held | undefined>();
  readonly #byToken = new Map<string, Held>();
  #checking: NodeJS.Timeout | undefined;
  #isDraining = false;
  #onEmpty: () => void = () => undefined;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly options: OpenConnectionsOptions,
  ) {
    this.#scheduleCheck();
  }

  /** How many one token may keep open. */
  get perToken(): number {
    return this.options.perToken;
  }

  /** Whether the server stops: nobody is let in any more. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** How many bytes wait here for clients to take them. */
  unsentBytes(): number {
    return this.#all.keys().reduce((sum, { unsentBytes }) => sum + unsentBytes, 0);
  }

  /** Takes note of a connection, whose client may not be known yet. */
  add(connection: OpenConnection): void {
    this.#all.set(connection, undefined);
  }

  /** Says whose a connection is. False where the token keeps as many open as it may; then nothing is noted. */
  admit(connection: OpenConnection, principal: Principal): boolean {
    const known = this.#byToken.get(principal.actorName);
    if (known && known.connections.size >= this.options.perToken) return false;
    // It may have ended while its client was looked up.
    if (!this.#all.has(connection)) return true;
    const held = known ?? { principal, connections: new Set() };
    this.#byToken.set(principal.actorName, held);
    held.connections.add(connection);
    this.#all.set(connection, held);
    return true;
  }

  /** Takes out a connection that has ended. */
  delete(connection: OpenConnection): void {
    const held = this.#all.get(connection);
    this.#all.delete(connection);
    held?.connections.delete(connection);
    if (held?.connections.size === 0) this.#byToken.delete(held.principal.actorName);
    if (this.#all.size === 0) this.#onEmpty();
  }

  /** Ends all of them, at least a hundred a second and none later than after five, and waits until they are gone. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    clearTimeout(this.#checking);
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    const all = [...this.#all.keys()];
    const pace = Math.min(DRAIN_EVERY, DRAIN_WITHIN / all.length);
    const began = Date.now();
    for (const [index, connection] of all.entries()) {
      const early = began + index * pace - Date.now();
      if (early >= 1) await new Promise((resolve) => setTimeout(resolve, early));
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
    }, CHECK_EVERY);
    this.#checking.unref();
  }

  /** An expiry is known here, so it counts also while the database is away. */
  async #endForbidden(): Promise<void> {
    const principals = [...this.#byToken.values()].map(({ principal }) => principal);
    for (const principal of principals) if (isExpired(principal)) this.#forbid(principal);
    for (const principal of await this.authenticator.findRevoked(principals)) this.#forbid(principal);
  }

  #forbid({ actorName }: Principal): void {
    for (const connection of [...(this.#byToken.get(actorName)?.connections ?? [])]) connection.end('FORBIDDEN');
  }
}
