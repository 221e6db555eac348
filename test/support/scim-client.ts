import { Agent, request, type IncomingHttpHeaders } from 'node:http';

/** JSON of any shape, which tests check by assertions. */
export type Wire = ReturnType<typeof JSON.parse>;

export interface ScimAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The parsed body; undefined if there is none. */
  readonly body: Wire;
}

export interface ScimRequest {
  readonly query?: Readonly<Record<string, string | number>>;
  /** Sent as JSON; text and bytes are sent unchanged. */
  readonly body?: unknown;
  /** A list is sent as one header line per value. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

const agent = new Agent({ keepAlive: true });

/**
 * Sends a request with an unchanged path: `fetch` would normalize dot segments and slashes. Like Entra's Test Connection, it
 * has no User-Agent.
 */
export function sendRaw(
  origin: string,
  method: string,
  path: string,
  { body, headers = {} }: Pick<ScimRequest, 'body' | 'headers'> = {},
): Promise<ScimAnswer> {
  const { hostname, port } = new URL(origin);
  const isVerbatim = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
  const payload = isVerbatim ? body : JSON.stringify(body);
  const described =
    payload === undefined
      ? {}
      : { 'content-type': 'application/scim+json', 'content-length': String(Buffer.byteLength(payload)) };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { agent, hostname, port, method, path, headers: { accept: 'application/scim+json', ...described, ...headers } },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: parseBody(chunks) });
        });
      },
    );
    // After a 413 the server may close the connection while the rest of the body is sent; the response has arrived anyway.
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

function parseBody(chunks: readonly Buffer[]): Wire {
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/** A SCIM client that does not validate requests or check responses. */
export class ScimClient {
  readonly #origin: string;
  readonly #path: string;
  readonly #flags: string;

  /**
   * @param tenantUrl may end in a slash and contain a flag such as `?aadOptscim062020`, which is sent with every request
   * @param token undefined for a client that does not authenticate
   */
  constructor(
    tenantUrl: string,
    readonly token: string | undefined,
  ) {
    const { origin, pathname, search } = new URL(tenantUrl);
    this.#origin = origin;
    this.#path = pathname.replace(/\/$/, '');
    this.#flags = search.slice(1);
  }

  send(method: string, path: string, { query = {}, body, headers = {} }: ScimRequest = {}): Promise<ScimAnswer> {
    const pairs = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
    const parameters = [...(this.#flags ? [this.#flags] : []), ...pairs].join('&');
    return sendRaw(this.#origin, method, this.#path + path + (parameters ? `?${parameters}` : ''), {
      body,
      headers: { ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }), ...headers },
    });
  }

  get(path: string, query: ScimRequest['query'] = {}): Promise<ScimAnswer> {
    return this.send('GET', path, { query });
  }

  post(path: string, body: unknown): Promise<ScimAnswer> {
    return this.send('POST', path, { body });
  }

  put(path: string, body: unknown): Promise<ScimAnswer> {
    return this.send('PUT', path, { body });
  }

  /** Sends a PATCH with the given operations. */
  patch(path: string, ...operations: readonly unknown[]): Promise<ScimAnswer> {
    return this.send('PATCH', path, {
      body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations },
    });
  }

  delete(path: string): Promise<ScimAnswer> {
    return this.send('DELETE', path);
  }
}

/** Returns a filter with `eq`; strings are JSON strings (RFC 7644 §3.4.2.2). */
export function equals(path: string, value: string | boolean): string {
  return `${path} eq ${JSON.stringify(value)}`;
}
