import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import {
  TransportError,
  toFailureKind,
  type ScimResponse,
  type Initiator,
  type Content,
  type Exchange,
  type FailureKind,
} from './exchange.js';
import type { Json } from './json.js';
import { RateLimiter } from './rate-limiter.js';

/** RFC 7644 §3.1; Microsoft's documented requests carry it, and its validator fails answers without it. */
export const SCIM_MEDIA_TYPE = 'application/scim+json';

/** Longer than this no answer is waited for; Entra does not publish its own limit. Milliseconds. */
const TIMEOUT = 30_000;

/** More than this no answer may hold: whoever sends it does not answer what was asked. Bytes. */
const LARGEST_ANSWER = 64 * 1024 * 1024;

export interface ClientOptions {
  /** May end in a slash and carry a flag such as `?aadOptscim062020`, which then goes along on every request. */
  readonly tenantUrl: string;
  readonly token: string;
  /** Requests a second; as fast as the answers come when left out. */
  readonly rate?: number | undefined;
  readonly concurrency?: number | undefined;
  /** How long an answer is waited for, in milliseconds. */
  readonly timeout?: number | undefined;
  /** Once aborted, no request but those of the removal leaves any more: they throw its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Once aborted, no request at all leaves any more, and those under way are cut. */
  readonly abandon?: AbortSignal | undefined;
  /** Learns of every exchange when it is over. */
  readonly observe?: ((exchange: Exchange) => void) | undefined;
}

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: Json;
  /** What is being done, such as `match user`. */
  readonly step: string;
  /** `entra` when left out. */
  readonly by?: Initiator;
  /** False for the requests that Entra sends without a User-Agent (seen on Test Connection). */
  readonly userAgent?: boolean;
}

/** A tenant URL that is none. The message is one line. */
export class TenantUrlError extends Error {
  override readonly name = 'TenantUrlError';
}

interface Payload {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | undefined;
}

/** A failure of Node's http client, or of ours, with whether the connection had served before. */
interface TransportFailure {
  readonly kind: FailureKind;
  readonly message: string;
  readonly wasReused: boolean;
}

/**
 * Client of one tenant URL. It sends what it is told, at the pace it was given, and judges nothing: an answer of any
 * status is an answer. Only when none comes, a TransportError is thrown. The token stands in no exchange.
 */
export class ScimClient {
  readonly #options: ClientOptions;
  readonly #base: URL;
  readonly #agent: HttpAgent;
  readonly #pace: RateLimiter;
  #flags: string;
  #count = 0;

  /** @throws TenantUrlError when it is no URL of http or https, or holds a user and password */
  constructor(options: ClientOptions) {
    const { tenantUrl, concurrency = 4, rate, abandon } = options;
    this.#options = options;
    if (!URL.canParse(tenantUrl)) throw new TenantUrlError('the tenant URL is no URL');
    this.#base = new URL(tenantUrl);
    if (!/^https?:$/.test(this.#base.protocol))
      throw new TenantUrlError('the tenant URL must begin with https:// or http://');
    if (this.#base.username || this.#base.password) throw new TenantUrlError('the tenant URL must not hold a password');
    this.#flags = this.#base.search.slice(1);
    const agentOptions = { keepAlive: true, maxSockets: concurrency };
    // Entra speaks TLS 1.2 and nothing later: an endpoint that does not must fail here as it fails there.
    this.#agent =
      this.#base.protocol === 'https:'
        ? new HttpsAgent({ ...agentOptions, maxVersion: 'TLSv1.2' })
        : new HttpAgent(agentOptions);
    this.#pace = new RateLimiter({ rate, concurrency, abandon });
  }

  /** What the tenant URL carries after its question mark, as it goes along on every request. */
  get flags(): string {
    return this.#flags;
  }

  /** Adds or takes away a flag that goes along on every request from now on. */
  setFlags(flags: string): void {
    this.#flags = flags;
  }

  /** @throws TransportError when no answer comes, or when the request was cut */
  async request(method: string, path: string, options: RequestOptions): Promise<ScimResponse> {
    const { body, step, by = 'entra' } = options;
    const payload = this.#toPayload(method, path, options);
    const { abandon } = this.#options;
    return this.#pace.run(async () => {
      abandon?.throwIfAborted();
      if (by !== 'removal') this.#options.signal?.throwIfAborted();
      const started = performance.now();
      const outcome = await this.#sendPatiently(payload);
      const milliseconds = performance.now() - started;
      const common = {
        number: ++this.#count,
        step,
        by,
        method,
        url: this.#base.origin + payload.path,
        request: { headers: this.#redacted(payload.headers), ...(body === undefined ? {} : { body }) },
        milliseconds,
      };
      if ('kind' in outcome) {
        const { kind, message } = outcome;
        const exchange = { ...common, failure: { kind, message } };
        this.#options.observe?.(exchange);
        throw new TransportError(kind, message, exchange);
      }
      const { status, headers, text } = outcome;
      const { content, body: received } = toContent(text);
      const shown = toContent(this.#withoutToken(text)).body;
      const exchange: Exchange = {
        ...common,
        response: { status, headers: this.#redacted(headers), ...(shown === undefined ? {} : { body: shown }) },
      };
      this.#options.observe?.(exchange);
      return { status, headers, body: received, content, milliseconds, exchange };
    });
  }

  /** Closes the connections. */
  close(): void {
    this.#agent.destroy();
  }

  #toPayload(method: string, path: string, { query = {}, body, userAgent = true }: RequestOptions): Payload {
    const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const parameters = [...(this.#flags ? [this.#flags] : []), ...pairs].join('&');
    const text = body === undefined ? undefined : JSON.stringify(body);
    return {
      method,
      path: this.#base.pathname.replace(/\/$/, '') + path + (parameters ? `?${parameters}` : ''),
      text,
      headers: {
        accept: SCIM_MEDIA_TYPE,
        authorization: `Bearer ${this.#options.token}`,
        ...(userAgent ? { 'user-agent': 'portico-rehearse' } : {}),
        ...(text === undefined
          ? {}
          : { 'content-type': SCIM_MEDIA_TYPE, 'content-length': String(Buffer.byteLength(text)) }),
      },
    };
  }

  /** A connection that was kept open may have been closed meanwhile, which is nobody's fault: one more attempt. */
  async #sendPatiently(payload: Payload): Promise<RawResponse | TransportFailure> {
    const first = await this.#send(payload);
    const mayRepeat = this.#options.abandon?.aborted !== true;
    return 'kind' in first && first.kind === 'connection-closed' && first.wasReused && mayRepeat
      ? this.#send(payload)
      : first;
  }

  #send({ method, path, headers, text }: Payload): Promise<RawResponse | TransportFailure> {
    const { timeout = TIMEOUT, abandon } = this.#options;
    const { hostname, port, protocol } = this.#base;
    const send = protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((settle) => {
      const host = hostname.replace(/^\[|\]$/g, '');
      const cut = abandon && { signal: abandon };
      const outgoing = send({ agent: this.#agent, hostname: host, port, method, path, headers, ...cut });
      const end = (result: RawResponse | TransportFailure) => {
        clearTimeout(timer);
        settle(result);
      };
      const fail = (kind: FailureKind, message: string) => {
        end({ kind, message, wasReused: outgoing.reusedSocket });
        outgoing.destroy();
      };
      const timer = setTimeout(() => fail('timed-out', `no answer within ${timeout / 1000} s`), timeout);
      outgoing.on('error', (error: Error & { code?: string }) =>
        fail(toFailureKind(error), error.message || error.name),
      );
      outgoing.on('response', (incoming) => {
        readText(incoming).then(
          (received) => end({ status: incoming.statusCode ?? 0, headers: toHeaders(incoming), text: received }),
          (error: unknown) => fail('connection-closed', error instanceof Error ? error.message : String(error)),
        );
      });
      outgoing.end(text);
    });
  }

  #redacted(headers: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, this.#withoutToken(value)]));
  }

  #withoutToken(text: string): string {
    return this.#options.token === '' ? text : text.replaceAll(this.#options.token, '[token]');
  }
}

interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LARGEST_ANSWER) throw new Error(`the answer holds more than ${LARGEST_ANSWER / 1024 / 1024} MB`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function toHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]));
}

function toContent(text: string): { content: Content; body: Json | undefined } {
  if (text.trim() === '') return { content: 'none', body: undefined };
  try {
    return { content: 'json', body: JSON.parse(text) as Json };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { content: /^\s*</.test(text) ? 'html' : 'text', body: text };
  }
}
