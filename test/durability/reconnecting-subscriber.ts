import { WebSocket } from 'ws';
import type { Wire } from '../support/scim-client.js';
import { Place, type CommonLog, type Delivery } from './common-log.js';

const EVENTS =
  'subscription ($after: String) { directoryEvents(after: $after, from: EARLIEST) { id sequence cursor } }';
/** Codes of faults that pass: the database was away, or the server met one of ours and said so. */
const PASSING = new Set(['SERVICE_UNAVAILABLE', 'INTERNAL_SERVER_ERROR']);

export type Transport = 'websocket' | 'sse';

interface Surroundings {
  readonly log: CommonLog;
  readonly token: string;
  /** Where to connect next. */
  readonly url: () => string;
  /** A number from 0 to below 1. */
  readonly random: () => number;
}

/** A connection that has ended, by itself or because it was cut. */
class Ended extends Error {
  override readonly name = 'Ended';
}

/**
 * Reads everything from the first event on, and disconnects again and again: after some events, without a word, and goes
 * on with another server after the cursor that it kept, which may be an old one.
 */
export class ReconnectingSubscriber {
  readonly place: Place;
  connections = 0;
  #stopped = false;
  #calm = false;
  /** Whether the operation of this connection has failed: what follows then is its end. */
  #isRefused = false;
  #cut: (() => void) | undefined;
  readonly #running: Promise<void>;

  constructor(
    private readonly transport: Transport,
    private readonly around: Surroundings,
    /** How many deliveries a connection lives, about. */
    private readonly patience: number,
  ) {
    this.place = new Place(around.log);
    this.#running = this.#run();
  }

  /** Cuts no connection any more, so that who has fallen far behind arrives. */
  settle(): void {
    this.#calm = true;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cut?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.connections++;
      let left = 1 + Math.floor(this.around.random() * 2 * this.patience);
      const take = (delivery: Delivery): void => {
        this.place.take(delivery);
        // Not every event is persisted at once: who crashes before that is given some again.
        if (this.around.random() < 0.5) this.place.cursor = delivery.cursor;
        if (--left <= 0 && !this.#calm) this.#cut?.();
      };
      try {
        await (this.transport === 'websocket' ? this.#readSocket(take) : this.#readStream(take));
      } catch (error) {
        if (!(error instanceof Ended)) this.place.faults.push(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, this.around.random() * 200));
    }
  }

  #judge(errors: readonly Wire[]): void {
    const codes = errors.map((error: Wire) => String(error.extensions?.code));
    if (!codes.every((code) => PASSING.has(code))) this.place.faults.push(`refused: ${codes.join()}`);
  }

  async #readSocket(take: (delivery: Delivery) => void): Promise<void> {
    const { token, url, random } = this.around;
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
          send({ id: '1', type: 'subscribe', payload: { query: EVENTS, variables: { after: this.place.cursor } } });
          return;
        case 'next':
          this.#isRefused = Boolean(message.payload.errors);
          if (this.#isRefused) this.#judge(message.payload.errors);
          else take(message.payload.data.directoryEvents);
          // Some do not read for a while.
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
          if (!this.#isRefused) this.place.faults.push('completed by the server');
          socket.terminate();
          return;
        case 'ping':
          send({ type: 'pong' });
      }
    });
    const code = await new Promise<number>((resolve) => socket.on('close', resolve));
    // 1006: cut; 1001: the server goes; 1013: its database is away. Whatever else refuses us.
    if (![1006, 1001, 1013].includes(code)) this.place.faults.push(`closed with ${code}`);
  }

  async #readStream(take: (delivery: Delivery) => void): Promise<void> {
    const { token, url } = this.around;
    const cutting = new AbortController();
    this.#isRefused = false;
    this.#cut = () => cutting.abort();
    const response = await fetch(`${url()}/graphql/stream`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...(this.place.cursor === undefined ? {} : { 'last-event-id': this.place.cursor }),
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
    if (fields.get('event') === 'complete' && !this.#isRefused) this.place.faults.push('completed by the server');
    if (fields.get('event') !== 'next') return;
    const { data, errors } = JSON.parse(fields.get('data') ?? '');
    this.#isRefused = Boolean(errors);
    if (errors) {
      this.#judge(errors);
      return;
    }
    const delivery = data.directoryEvents as Delivery;
    if (fields.get('id') !== delivery.cursor) this.place.faults.push(`id ${String(fields.get('id'))} is no cursor`);
    take(delivery);
  }
}
