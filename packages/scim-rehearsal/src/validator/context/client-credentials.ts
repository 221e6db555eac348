import { randomUUID } from 'node:crypto';
import type { Exchange } from '../../client/exchange.js';
import { isObject, toText, type Json } from '../../client/json.js';
import { ScimClient } from '../../client/scim-client.js';
import { CheckFailed } from './check-failed.js';

/** What a client of the token endpoint presents (RFC 6749 §4.4). */
export interface ClientCredentials {
  readonly tokenUrl: URL;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string | undefined;
}

/** How the endpoint is reached, for a check that brings a token of its own. */
export interface Connection {
  readonly tenantUrl: string;
  readonly credentials?: ClientCredentials | undefined;
  /** Milliseconds. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Longer than this no token is waited for. Milliseconds. */
const TIMEOUT = 30_000;

/** How long the gallery wants a token to be valid: 60 to 360 minutes. Seconds. */
const SHORTEST = 3_600;
const LONGEST = 21_600;

/** The two places where a secret may stand (RFC 6749 §2.3.1), by their names in OpenID Connect. */
type Method = 'client_secret_basic' | 'client_secret_post';

/**
 * A token can be had by client credentials, and the endpoint takes it.
 *
 * @throws CheckFailed, and TransportError when the endpoint itself does not answer
 */
export async function requireCredentials(connection: Connection, credentials: ClientCredentials): Promise<void> {
  const token = await obtainToken(connection, credentials);
  const client = new ScimClient({ ...connection, token });
  try {
    const query = { filter: `userName eq "${randomUUID()}"` };
    const { status, exchange } = await client.request('GET', '/Users', { step: 'validate', query });
    if (status !== 200) throw new CheckFailed(`GET with the new token was answered with ${status}`, exchange);
  } finally {
    client.close();
  }
}

async function obtainToken(connection: Connection, credentials: ClientCredentials): Promise<string> {
  const asked = await askForToken(connection, credentials, 'client_secret_basic');
  // Who takes the secret in the body only says so with one of these (RFC 6749 §5.2).
  const isRefused = asked.status === 400 || asked.status === 401;
  return readToken(isRefused ? await askForToken(connection, credentials, 'client_secret_post') : asked);
}

/** What the token endpoint has answered, as it is, and as it may be shown. */
interface Asked {
  readonly status: number;
  readonly token: Json | undefined;
  /** Without the secret and the token. */
  readonly shown: Exchange;
}

/** @throws CheckFailed unless the answer has a token as it should be */
function readToken({ status, token, shown }: Asked): string {
  const demand = (condition: boolean, message: string) => {
    if (!condition) throw new CheckFailed(message, shown);
  };
  const body = shown.response?.body;
  const why = isObject(body) && body['error'] !== undefined ? ` (${toText(body['error'])})` : '';
  demand(status === 200, `the token endpoint answers with ${status}${why}, and 200 is required`);
  if (!isObject(body)) throw new CheckFailed('the answer of the token endpoint is no JSON object', shown);
  const { token_type: type, expires_in: seconds } = body;
  demand(typeof token === 'string' && /^[\x21-\x7e]+$/.test(token), 'the answer holds no access_token');
  demand(toText(type).toLowerCase() === 'bearer', `token_type is ${toText(type)} instead of Bearer`);
  const isInRange = typeof seconds === 'number' && seconds >= SHORTEST && seconds <= LONGEST;
  demand(isInRange, `expires_in is ${toText(seconds)}, and ${SHORTEST} to ${LONGEST} seconds are required`);
  return toText(token);
}

/** @throws CheckFailed when no answer comes: the SCIM endpoint may well be there, so this is no TransportError */
async function askForToken(
  { timeout = TIMEOUT, signal }: Connection,
  credentials: ClientCredentials,
  method: Method,
): Promise<Asked> {
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
    const shown: Exchange = {
      number: 0,
      step: 'get a token',
      by: 'check',
      method: 'POST',
      url: tokenUrl.href,
      request: toShown(credentials, method),
      response: { status, headers: type === null ? {} : { 'content-type': type }, ...toShownBody(text, body) },
      milliseconds: performance.now() - started,
    };
    return { status, token, shown: withoutSecrets(shown, credentials, token) };
  } catch (error) {
    signal?.throwIfAborted();
    throw new CheckFailed(`the token endpoint does not answer: ${toReason(error)}`, undefined);
  }
}

function toRequest({ clientId, clientSecret, scope }: ClientCredentials, method: Method) {
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

/** The request as a report may show it. */
function toShown(credentials: ClientCredentials, method: Method): Exchange['request'] {
  const { headers, form } = toRequest({ ...credentials, clientSecret: '[secret]' }, method);
  const isBasic = method === 'client_secret_basic';
  return {
    headers: { ...headers, ...(isBasic && { authorization: 'Basic [secret]' }) },
    body: Object.fromEntries(form),
  };
}

/** Whatever is called a token is one. What is no JSON may hold one anywhere, and is not shown. */
function toShownBody(text: string, body: Json | undefined): { readonly body?: Json } {
  if (text === '') return {};
  if (body === undefined) return { body: `(${text.length} characters that are no JSON)` };
  const hide = (key: string, value: unknown) => (/token$/i.test(key) && typeof value === 'string' ? '[token]' : value);
  return { body: JSON.parse(JSON.stringify(body, hide)) as Json };
}

/** An error may quote what it was sent, and an answer may say its token twice. */
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

/** fetch says what went wrong in the cause, and that by its code where several addresses were tried. */
function toReason(error: unknown): string {
  const { message, cause } = error as Error & { readonly cause?: Error & { readonly code?: string } };
  return cause?.message || cause?.code || message;
}
