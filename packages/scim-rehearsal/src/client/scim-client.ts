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

/** RFC 7644 §3.1. Entra's documented requests use it, and Microsoft's validator rejects responses without it. */
export const SCIM_MEDIA_TYPE = 'application/scim+json';

/** The default timeout; Entra does not publish its own. Milliseconds. */
const DEFAULT_TIMEOUT = 30_000;

/** The maximum size of a response; a larger one cannot be the answer to a SCIM request. Bytes. */
const MAX_RESPONSE_SIZE = 64 * 1024 * 1024;

export interface ClientOptions {
  /** May end in a slash and contain a flag such as `?aadOptscim062020`, which is then sent with every request. */
  readonly tenantUrl: string;
  readonly token: string;
  /** Requests per second; unlimited by default. */
  readonly rate?: number | undefined;
  readonly concurrency?: number | undefined;
  /** How long to wait for a response, in milliseconds. */
  readonly timeout?: number | undefined;
  /** Once aborted, requests throw its reason, except those that delete created resources. */
  readonly signal?: AbortSignal | undefined;
  /** Once aborted, all requests throw its reason, and those in flight are cancelled. */
  readonly abandon?: AbortSignal | undefined;
  /** Called after each exchange. */
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
}

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: Json;
  /** The step that sends the request, such as `match user`. */
  readonly step: string;
  /** `entra` by default. */
  readonly by?: Initiator;
  /** False to omit the User-Agent header, as Entra does on Test Connection (seen in reports). */
  readonly userAgent?: boolean;
}

/** An invalid Tenant URL. The message is one line. */
export class TenantUrlError extends Error {
  override readonly name = 'TenantUrlError';
}

interface Payload {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | undefined;
}

/** A failed attempt to send a request. */
interface TransportFailure {
  readonly kind: FailureKind;
  readonly message: string;
  /** Whether the connection had served an earlier request. */
  readonly wasReused: boolean;
}

/**
 * An HTTP client of one Tenant URL, with a rate limit. It returns responses of any status and throws a TransportError only when
 * none arrives. The recorded exchanges never contain the token.
 */
export class ScimClient {
  readonly #options: ClientOptions;
  readonly #base: URL;
  readonly #agent: HttpAgent;
  readonly #limiter: RateLimiter;
  #flags: string;
  #count = 0;

  /** @throws TenantUrlError for anything but an http or https URL without credentials */
  constructor(options: ClientOptions) {
    const { tenantUrl, concurrency = 4, rate, abandon } = options;
    this.#options = options;
    if (!URL.canParse(tenantUrl)) throw new TenantUrlError('the Tenant URL is not a valid URL');
    this.#base = new URL(tenantUrl);
    if (!/^https?:$/.test(this.#base.protocol))
      throw new TenantUrlError('the Tenant URL must start with https:// or http://');
    if (this.#base.username || this.#base.password) {
      throw new TenantUrlError('the Tenant URL must not contain a user name or password');
    }
    this.#flags = this.#base.search.slice(1);
    const agentOptions = { keepAlive: true, maxSockets: concurrency };
    // Entra supports TLS 1.2 only. An endpoint that requires TLS 1.3 must fail here as it does there.
    this.#agent =
      this.#base.protocol === 'https:'
        ? new HttpsAgent({ ...agentOptions, maxVersion: 'TLSv1.2' })
        : new HttpAgent(agentOptions);
    this.#limiter = new RateLimiter({ rate, concurrency, abandon });
  }

  /** The query string of the Tenant URL, which is sent with every request. */
  get flags(): string {
    return this.#flags;
  }

  /** Replaces the query string that is sent with every request. */
  setFlags(flags: string): void {
    this.#flags = flags;
  }

  /** @throws TransportError when no response arrives or the request is cancelled */
  async request(method: string, path: string, options: RequestOptions): Promise<ScimResponse> {
    const { body, step, by = 'entra' } = options;
    const payload = this.#toPayload(method, path, options);
    const { abandon } = this.#options;
    return this.#limiter.run(async () => {
      abandon?.throwIfAborted();
      if (by !== 'removal') this.#options.signal?.throwIfAborted();
      const started = performance.now();
      const outcome = await this.#sendWithRetry(payload);
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
        this.#options.onExchange?.(exchange);
        throw new TransportError(kind, message, exchange);
      }
      const { status, headers, text } = outcome;
      const { content, body: received } = toContent(text);
      const redacted = toContent(this.#withoutToken(text)).body;
      const exchange: Exchange = {
        ...common,
        response: { status, headers: this.#redacted(headers), ...(redacted === undefined ? {} : { body: redacted }) },
      };
      this.#options.onExchange?.(exchange);
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
        ...(userAgent ? { 'user-agent': 'scim-rehearsal' } : {}),
        ...(text === undefined
          ? {}
          : { 'content-type': SCIM_MEDIA_TYPE, 'content-length': String(Buffer.byteLength(text)) }),
      },
    };
  }

  /** Retries once if a reused keep-alive connection had been closed in the meantime, which is not a fault. */
  async #sendWithRetry(payload: Payload): Promise<RawResponse | TransportFailure> {
    const first = await this.#send(payload);
    const mayRetry = this.#options.abandon?.aborted !== true;
    return 'kind' in first && first.kind === 'connection-closed' && first.wasReused && mayRetry
      ? this.#send(payload)
      : first;
  }

  #send({ method, path, headers, text }: Payload): Promise<RawResponse | TransportFailure> {
    const { timeout = DEFAULT_TIMEOUT, abandon } = this.#options;
    const { hostname, port, protocol } = this.#base;
    const send = protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((settle) => {
      const host = hostname.replace(/^\[|\]$/g, '');
      const cancellation = abandon && { signal: abandon };
      const outgoing = send({ agent: this.#agent, hostname: host, port, method, path, headers, ...cancellation });
      const end = (result: RawResponse | TransportFailure) => {
        clearTimeout(timer);
        settle(result);
      };
      const fail = (kind: FailureKind, message: string) => {
        end({ kind, message, wasReused: outgoing.reusedSocket });
        outgoing.destroy();
      };
      const timer = setTimeout(() => fail('timed-out', `no response within ${timeout / 1000} s`), timeout);
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
    if (size > MAX_RESPONSE_SIZE) throw new Error(`the response exceeds ${MAX_RESPONSE_SIZE / 1024 / 1024} MiB`);
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
