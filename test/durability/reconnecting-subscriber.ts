import { WebSocket } from 'ws';
import type { Wire } from '../support/scim-client.js';
import { SubscriberPosition, type CommonLog, type Delivery } from './common-log.js';

const EVENTS =
  'subscription ($after: String) { directoryEvents(after: $after, from: EARLIEST) { id sequence cursor } }';
/** Codes of transient errors: the database is down, or a connection to it was lost. */
const TRANSIENT_CODES = new Set(['SERVICE_UNAVAILABLE', 'INTERNAL_SERVER_ERROR']);

export type Transport = 'websocket' | 'sse';

interface SubscriberContext {
  readonly log: CommonLog;
  readonly token: string;
  /** Returns the URL of the next connection. */
  readonly url: () => string;
  /** Returns a number from 0 to below 1. */
  readonly random: () => number;
}

/** The connection has ended: the other side closed it, or this subscriber did. */
class Ended extends Error {
  override readonly name = 'Ended';
}

/**
 * Reads all events from the first on. After a random number of them it drops the connection, and resumes on another server
 * after its stored cursor, which may be an old one.
 */
export class ReconnectingSubscriber {
  readonly position: SubscriberPosition;
  connections = 0;
  #stopped = false;
  #keepsConnection = false;
  /** Whether the operation of this connection has failed; then its completion is expected. */
  #isRefused = false;
  #cut: (() => void) | undefined;
  readonly #running: Promise<void>;

  constructor(
    private readonly transport: Transport,
    private readonly context: SubscriberContext,
    /** The mean number of deliveries per connection. */
    private readonly meanDeliveries: number,
  ) {
    this.position = new SubscriberPosition(context.log);
    this.#running = this.#run();
  }

  /** Keeps the connection from now on, so that a subscriber that has fallen far behind catches up. */
  stopDisconnecting(): void {
    this.#keepsConnection = true;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cut?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.connections++;
      let left = 1 + Math.floor(this.context.random() * 2 * this.meanDeliveries);
      const take = (delivery: Delivery): void => {
        this.position.take(delivery);
        // Cursors are not stored after every event: after a crash some events are delivered again.
        if (this.context.random() < 0.5) this.position.cursor = delivery.cursor;
        if (--left <= 0 && !this.#keepsConnection) this.#cut?.();
      };
      try {
        await (this.transport === 'websocket' ? this.#readSocket(take) : this.#readStream(take));
      } catch (error) {
        if (!(error instanceof Ended)) this.position.faults.push(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, this.context.random() * 200));
    }
  }

  #judge(errors: readonly Wire[]): void {
    const codes = errors.map((error: Wire) => String(error.extensions?.code));
    if (!codes.every((code) => TRANSIENT_CODES.has(code))) this.position.faults.push(`refused: ${codes.join()}`);
  }

  async #readSocket(take: (delivery: Delivery) => void): Promise<void> {
    const { token, url, random } = this.context;
    this.#isRefused = false;
    const socket = new WebSocket(`${url().replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    this.#cut = () => socket.terminate();
    const send = (message: object): void => socket.send(JSON.stringify(message));
    socket.on('open', () => send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    socket.on('error', () => undefined);
    socket.on('message', (text: Buffer) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      const message = JSON.parse(text.toString());
      switch (message.type) {
        case 'connection_ack':
          send({ id: '1', type: 'subscribe', payload: { query: EVENTS, variables: { after: this.position.cursor } } });
          return;
        case 'next':
          this.#isRefused = Boolean(message.payload.errors);
          if (this.#isRefused) this.#judge(message.payload.errors);
          else take(message.payload.data.directoryEvents);
          // Sometimes stop reading for a while.
          if (random() < 0.0005) {
            socket.pause();
            setTimeout(() => socket.resume(), 500);
          }
          return;
        case 'error':
          this.#judge(message.payload);
          socket.terminate();
          return;
        case 'complete':
          if (!this.#isRefused) this.position.faults.push('completed by the server');
          socket.terminate();
          return;
        case 'ping':
          send({ type: 'pong' });
      }
    });
    const code = await new Promise<number>((resolve) => socket.on('close', resolve));
    // 1006: dropped; 1001: the server stops; 1013: its database is down. Any other code is a fault.
    if (![1006, 1001, 1013].includes(code)) this.position.faults.push(`closed with ${code}`);
  }

  async #readStream(take: (delivery: Delivery) => void): Promise<void> {
    const { token, url } = this.context;
    const cutting = new AbortController();
    this.#isRefused = false;
    this.#cut = () => cutting.abort();
    const response = await fetch(`${url()}/graphql/stream`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...(this.position.cursor === undefined ? {} : { 'last-event-id': this.position.cursor }),
      },
      body: JSON.stringify({ query: EVENTS }),
      signal: cutting.signal,
    }).catch((error: unknown) => {
      throw new Ended('No answer', { cause: error });
    });
    if (response.status >= 500) {
      await response.text();
      return;
    }
    if (response.status !== 200 || !response.body) throw new Error(`SSE answered ${response.status}`);
    let text = '';
    try {
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const messages = text.split('\n\n');
        text = messages.pop() ?? '';
        for (const message of messages) {
          if (cutting.signal.aborted) return;
          this.#takeMessage(message, take);
        }
      }
    } catch (error) {
      throw new Ended('Cut', { cause: error });
    }
  }

  #takeMessage(message: string, take: (delivery: Delivery) => void): void {
    const fields = new Map(
      message
        .split('\n')
        .filter((line) => !line.startsWith(':'))
        .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const),
    );
    if (fields.get('event') === 'complete' && !this.#isRefused) this.position.faults.push('completed by the server');
    if (fields.get('event') !== 'next') return;
    const { data, errors } = JSON.parse(fields.get('data') ?? '');
    this.#isRefused = Boolean(errors);
    if (errors) {
      this.#judge(errors);
      return;
    }
    const delivery = data.directoryEvents as Delivery;
    if (fields.get('id') !== delivery.cursor) this.position.faults.push(`id ${String(fields.get('id'))} is no cursor`);
    take(delivery);
  }
}
