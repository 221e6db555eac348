import { Subscriber, type GraphQLConnection } from '../support/graphql-client.js';
import { HANG_TIMEOUT } from '../support/hang-timeout.js';
import type { Wire } from '../support/scim-client.js';

const DEPROVISIONED = `subscription Deprovisioned {
  userDeprovisioned(from: EARLIEST) { id type cursor sequence userId userName externalId reason groupIds }
}`;

const EVENTS = `subscription Events($after: String) {
  directoryEvents(after: $after, from: EARLIEST) { id type cursor sequence source }
}`;

/** Subscribes to every deprovisioned user, from the first event on. */
export function subscribeToDeprovisioned(connection: GraphQLConnection): Subscriber {
  return new Subscriber(connection, DEPROVISIONED);
}

/** Subscribes to all events, from the first on. */
export function subscribeToEvents(connection: GraphQLConnection): Subscriber {
  return new Subscriber(connection, EVENTS);
}

/**
 * Reads all events, but drops its connection after every few events and resumes after its last cursor at the next of its
 * servers.
 */
export class InterruptedReader {
  readonly delivered: Wire[] = [];
  connections = 0;
  #current: Subscriber;

  constructor(
    private readonly servers: readonly GraphQLConnection[],
    private readonly breakAfter: number,
  ) {
    this.#current = this.#connect();
  }

  async waitUntil(condition: (delivered: readonly Wire[]) => boolean, milliseconds = HANG_TIMEOUT): Promise<void> {
    const deadline = Date.now() + milliseconds;
    while (!condition(this.delivered)) {
      const current = this.#current;
      const before = this.delivered.length;
      await current.waitUntil(
        () => this.delivered.length > before || this.#current !== current,
        Math.max(0, deadline - Date.now()),
      );
    }
  }

  async close(): Promise<void> {
    await this.#current.close();
  }

  #connect(): Subscriber {
    const server = this.servers[this.connections++ % this.servers.length]!;
    const after: string | null = this.delivered.at(-1)?.cursor ?? null;
    return new Subscriber(server, EVENTS, { after }, (subscriber) => this.#take(subscriber));
  }

  #take(subscriber: Subscriber): void {
    this.delivered.push(subscriber.delivered.at(-1));
    if (subscriber.delivered.length < this.breakAfter) return;
    subscriber.cut();
    this.#current = this.#connect();
  }
}
