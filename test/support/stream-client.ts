import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { HANG_TIMEOUT } from './hang-timeout.js';
import type { Wire } from './scim-client.js';

/** A block of an event stream. */
export interface StreamBlock {
  readonly event?: string;
  readonly id?: string;
  readonly retry?: string;
  /** The JSON of its data lines, if they are not empty. */
  readonly data?: Wire;
  /** The names of its lines, in order; '' is a comment. */
  readonly lines: readonly string[];
}

export interface StreamRequest {
  readonly url: string;
  readonly token?: string;
  readonly query?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Sent unchanged instead of query and variables. */
  readonly body?: string;
}

/** A client of `/graphql/stream` that parses the stream itself and keeps all blocks. */
export class StreamClient {
  readonly blocks: StreamBlock[] = [];
  /** How the response ended: complete or truncated. */
  readonly ended: Promise<'whole' | 'cut'>;
  #rest = '';

  private constructor(
    private readonly outgoing: ClientRequest,
    readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    response.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      response.once('close', () => resolve(response.complete ? 'whole' : 'cut'));
    });
  }

  /** Sends an operation, by POST by default, and waits for the head of the response and the first block of a stream. */
  static async open({
    url,
    token,
    query,
    variables,
    method = 'POST',
    headers,
    body,
  }: StreamRequest): Promise<StreamClient> {
    const address = new URL(`${url}/graphql/stream`);
    if (method === 'GET') {
      if (query !== undefined) address.searchParams.set('query', query);
      if (variables) address.searchParams.set('variables', JSON.stringify(variables));
    }
    const outgoing = request(address, {
      method,
      agent: false,
      headers: {
        accept: 'text/event-stream',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
    });
    outgoing.end(method === 'POST' ? (body ?? JSON.stringify({ query, variables })) : undefined);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    outgoing.on('error', () => undefined);
    const client = new StreamClient(outgoing, response);
    if (client.status === 200) await client.until(() => client.blocks.length > 0);
    return client;
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  /** The results so far, in order. */
  get results(): Wire[] {
    return this.blocks.filter(({ event }) => event === 'next').map(({ data }) => data);
  }

  /** The last event id, as an EventSource would send it on a reconnect. */
  get lastEventId(): string {
    return this.blocks.findLast(({ id }) => id !== undefined)?.id ?? '';
  }

  /** Reads the body of a response that is not a stream. */
  async text(): Promise<string> {
    await this.ended;
    return this.#rest;
  }

  /** Resolves when the condition is satisfied; throws on a timeout or when the stream ends. */
  async until(condition: () => boolean, milliseconds = HANG_TIMEOUT): Promise<void> {
    const deadline = Date.now() + milliseconds;
    while (!condition()) {
      if (this.response.closed) throw new Error(`The stream ended after ${this.blocks.length} blocks`);
      if (Date.now() > deadline) throw new Error(`Timed out after ${this.blocks.length} blocks`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  pause(): void {
    this.response.pause();
  }

  resume(): void {
    this.response.resume();
  }

  /** Drops the connection. */
  cut(): void {
    this.outgoing.destroy();
  }

  #take(text: string): void {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) this.blocks.push(parseBlock(block));
  }
}

function parseBlock(text: string): StreamBlock {
  const lines = text.split('\n').map((line): [string, string] => {
    const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    return [name, value];
  });
  const fields = Object.fromEntries(lines) as Record<string, string>;
  const { data, event, id, retry } = fields;
  return {
    ...(event === undefined ? {} : { event }),
    ...(id === undefined ? {} : { id }),
    ...(retry === undefined ? {} : { retry }),
    ...(data ? { data: JSON.parse(data) } : {}),
    lines: lines.map(([name]) => name),
  };
}
