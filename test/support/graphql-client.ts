import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';

import { HANG_TIMEOUT } from './hang-timeout.js';
import type { Wire } from './scim-client.js';

/** The address and token of a service. */
export interface GraphQLConnection {
  /** The origin, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly token: string;
}

/** Runs an operation over HTTP. @returns its data; a response with errors fails the test */
export async function queryGraphQL(
  { url, token }: GraphQLConnection,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Wire> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as Wire;
  if (answer.errors) throw new Error(`GraphQL returned ${JSON.stringify(answer.errors)}`);
  return answer.data;
}

/** A subscription over a WebSocket, and everything that it has delivered. */
export class Subscriber {
  readonly delivered: Wire[] = [];
  readonly #client: Client;
  readonly #waiting = new Set<() => void>();
  #socket: WebSocket | undefined;
  #fault: unknown;
  #closed = false;

  constructor(
    { url, token }: GraphQLConnection,
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
    private readonly onDelivery?: (subscriber: Subscriber) => void,
  ) {
    this.#client = createClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${token}` },
      retryAttempts: 0,
      on: { opened: (socket) => void (this.#socket = socket as WebSocket) },
    });
    this.#client.subscribe<Wire>(
      { query, variables: { ...variables } },
      {
        next: ({ data, errors }) => this.#receive(data, errors),
        error: (error) => this.#end(error),
        complete: () => this.#end(new Error('The server completed the subscription')),
      },
    );
  }

  /** Resolves when the deliveries satisfy the condition; rejects on a timeout or when the subscription ends. */
  async waitUntil(condition: (delivered: readonly Wire[]) => boolean, milliseconds = HANG_TIMEOUT): Promise<void> {
    const deadline = Date.now() + milliseconds;
    while (!condition(this.delivered)) {
      if (this.#fault !== undefined) {
        throw new Error('The subscription ended prematurely', { cause: this.#fault });
      }
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`Timed out after ${this.delivered.length} deliveries`);
      await this.#nextDelivery(left);
    }
  }

  /** Drops the connection without a closing handshake, like an unplugged cable. Later messages are ignored. */
  cut(): void {
    this.#closed = true;
    this.#socket?.terminate();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client.dispose();
  }

  #receive(data: Wire, errors: unknown): void {
    if (this.#closed) return;
    if (errors) {
      this.#end(errors);
      return;
    }
    this.delivered.push(Object.values(data as object)[0]);
    this.onDelivery?.(this);
    this.#wake();
  }

  #end(fault: unknown): void {
    this.#fault ??= fault;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #nextDelivery(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#waiting.add(wake);
    });
  }
}
