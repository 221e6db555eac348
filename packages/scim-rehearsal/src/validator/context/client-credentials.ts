import { randomUUID } from 'node:crypto';
import type { Exchange } from '../../client/exchange.js';
import { isObject, toText, type Json } from '../../client/json.js';
import { toEqualFilter } from '../../client/resource.js';
import { ScimClient } from '../../client/scim-client.js';
import { CheckFailed } from './check-failed.js';

/** Client credentials for a token endpoint (RFC 6749 §4.4). */
export interface ClientCredentials {
  readonly tokenUrl: URL;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string | undefined;
}

/** How to connect to the endpoint, for a check that uses a token of its own. */
export interface Connection {
  readonly tenantUrl: string;
  readonly credentials?: ClientCredentials | undefined;
  /** Milliseconds. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The default timeout of the token endpoint. Milliseconds. */
const DEFAULT_TIMEOUT = 30_000;

/** The lifetime of a token that the gallery requires: 60 to 360 minutes. Seconds. */
const MIN_LIFETIME = 3_600;
const MAX_LIFETIME = 21_600;

/** The two ways to send a client secret (RFC 6749 §2.3.1), by their names in OpenID Connect. */
type AuthMethod = 'client_secret_basic' | 'client_secret_post';

/**
 * Requires that the token endpoint issues a token and that the SCIM endpoint accepts it.
 *
 * @throws CheckFailed, or TransportError if the SCIM endpoint does not respond
 */
export async function requireCredentials(connection: Connection, credentials: ClientCredentials): Promise<void> {
  const token = await obtainToken(connection, credentials);
  const client = new ScimClient({ ...connection, token });
  try {
    const query = { filter: toEqualFilter('userName', randomUUID()) };
    const { status, exchange } = await client.request('GET', '/Users', { step: 'validate', query });
    if (status !== 200) throw new CheckFailed(`GET with the new token was answered with ${status}`, exchange);
  } finally {
    client.close();
  }
}

async function obtainToken(connection: Connection, credentials: ClientCredentials): Promise<string> {
  const response = await requestToken(connection, credentials, 'client_secret_basic');
  // A token endpoint that accepts the secret only in the body answers with one of these (RFC 6749 §5.2).
  const isRefused = response.status === 400 || response.status === 401;
  return readToken(isRefused ? await requestToken(connection, credentials, 'client_secret_post') : response);
}

/** The response of the token endpoint. */
interface TokenResponse {
  readonly status: number;
  readonly token: Json | undefined;
  /** Without the secret and the token. */
  readonly exchange: Exchange;
}

/** @throws CheckFailed unless the response contains a valid token */
function readToken({ status, token, exchange }: TokenResponse): string {
  const require = (condition: boolean, message: string) => {
    if (!condition) throw new CheckFailed(message, exchange);
  };
  const body = exchange.response?.body;
  const reason = isObject(body) && body['error'] !== undefined ? ` (${toText(body['error'])})` : '';
  require(status === 200, `the token endpoint answers with ${status}${reason} instead of 200`);
  if (!isObject(body)) throw new CheckFailed('the response of the token endpoint is not a JSON object', exchange);
  const { token_type: type, expires_in: seconds } = body;
  require(typeof token === 'string' && /^[\x21-\x7e]+$/.test(token), 'the response contains no access_token');
  require(toText(type).toLowerCase() === 'bearer', `token_type is ${toText(type)} instead of Bearer`);
  const isInRange = typeof seconds === 'number' && seconds >= MIN_LIFETIME && seconds <= MAX_LIFETIME;
  require(isInRange, `expires_in is ${toText(seconds)} instead of ${MIN_LIFETIME} to ${MAX_LIFETIME} seconds`);
  return toText(token);
}

/** @throws CheckFailed if the token endpoint does not respond; a TransportError would mean the SCIM endpoint */
async function requestToken(
  { timeout = DEFAULT_TIMEOUT, signal }: Connection,
  credentials: ClientCredentials,
  method: AuthMethod,
): Promise<TokenResponse> {
  const { tokenUrl } = credentials;
  const { headers, form } = toRequest(credentials, method);
  const limit = AbortSignal.timeout(timeout);
  const started = performance.now();
  try {
    const response = await fetch(tokenUrl, {
      method: 'POST',
      headers,
      body: form,
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    const text = await response.text();
    const body = parse(text);
    const token = isObject(body) ? body['access_token'] : undefined;
    const type = response.headers.get('content-type');
    const { status } = response;
    const exchange: Exchange = {
      number: 0,
      step: 'get a token',
      by: 'check',
      method: 'POST',
      url: tokenUrl.href,
      request: toRedactedRequest(credentials, method),
      response: { status, headers: type === null ? {} : { 'content-type': type }, ...toRedactedBody(text, body) },
      milliseconds: performance.now() - started,
    };
    return { status, token, exchange: withoutSecrets(exchange, credentials, token) };
  } catch (error) {
    signal?.throwIfAborted();
    throw new CheckFailed(`the token endpoint does not respond: ${toReason(error)}`, undefined);
  }
}

function toRequest({ clientId, clientSecret, scope }: ClientCredentials, method: AuthMethod) {
  const isBasic = method === 'client_secret_basic';
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scope !== undefined) form.set('scope', scope);
  if (!isBasic) form.set('client_id', clientId);
  if (!isBasic) form.set('client_secret', clientSecret);
  const headers = {
    accept: 'application/json',
    // Over https, fetch would ask for Brotli by itself.
    'accept-encoding': 'identity',
    ...(isBasic && { authorization: `Basic ${toBasic(clientId, clientSecret)}` }),
  };
  return { headers, form };
}

/** Both are form-encoded before they are joined (RFC 6749 §2.3.1). */
function toBasic(clientId: string, clientSecret: string): string {
  return Buffer.from(`${toFormText(clientId)}:${toFormText(clientSecret)}`).toString('base64');
}

function toFormText(text: string): string {
  return new URLSearchParams({ x: text }).toString().slice('x='.length);
}

/** The request as shown in reports. */
function toRedactedRequest(credentials: ClientCredentials, method: AuthMethod): Exchange['request'] {
  const { headers, form } = toRequest({ ...credentials, clientSecret: '[secret]' }, method);
  const isBasic = method === 'client_secret_basic';
  return {
    headers: { ...headers, ...(isBasic && { authorization: 'Basic [secret]' }) },
    body: Object.fromEntries(form),
  };
}

/** Hides the values of all keys that end in `token`. Text that is not JSON may contain a token anywhere and is omitted. */
function toRedactedBody(text: string, body: Json | undefined): { readonly body?: Json } {
  if (text === '') return {};
  if (body === undefined) return { body: `(${text.length} characters that are not JSON)` };
  const hide = (key: string, value: unknown) => (/token$/i.test(key) && typeof value === 'string' ? '[token]' : value);
  return { body: JSON.parse(JSON.stringify(body, hide)) as Json };
}

/** Hides the secret and the token everywhere else: an error may quote the request. */
function withoutSecrets(
  exchange: Exchange,
  { clientId, clientSecret }: ClientCredentials,
  token: Json | undefined,
): Exchange {
  const secrets = [toBasic(clientId, clientSecret), clientSecret, toFormText(clientSecret), token];
  const words = secrets.filter((one) => typeof one === 'string' && one !== '') as readonly string[];
  const hide = (_key: string, value: unknown) =>
    typeof value === 'string' ? words.reduce((text, word) => text.replaceAll(word, '[secret]'), value) : value;
  return JSON.parse(JSON.stringify(exchange, hide)) as Exchange;
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The message of a failed fetch is in its cause; if several addresses were tried, only in the code of the cause. */
function toReason(error: unknown): string {
  const { message, cause } = error as Error & { readonly cause?: Error & { readonly code?: string } };
  return cause?.message || cause?.code || message;
}
