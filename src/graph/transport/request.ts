import type { IncomingMessage } from 'node:http';
import { OperationTypeNode } from 'graphql';
import { readJson } from '../../http/json-body.js';
import { graphError } from '../kernel/errors.js';
import type { AllowedOperations, OperationRequest } from '../operation/operation.js';
import { RequestError } from '../operation/request-error.js';
import { documentIdOf } from '../operation/trusted-documents.js';
import { HttpError } from './http-error.js';

/** The methods that carry GraphQL requests. */
export type Method = 'GET' | 'POST';

/** The maximum size of a request body in bytes, decompressed. Lists of ids make up most of it and have limits of their own. */
const MAX_BODY = 1024 * 1024;

/**
 * The method of a request.
 *
 * @throws HttpError 405
 */
export function parseMethod({ method }: IncomingMessage): Method {
  if (method === 'GET' || method === 'POST') return method;
  throw new HttpError(405, 'Method not allowed: send operations by POST, or queries by GET', 'BAD_REQUEST', {
    Allow: 'GET, POST',
  });
}

const ELSEWHERE =
  'Subscriptions are not supported here: open a WebSocket (graphql-transport-ws) on the same path, or an event stream on /graphql/stream';

/**
 * The operations that a request of this method may run. GET is safe by the definition of HTTP (RFC 9110 §9.2.1), so it
 * carries no mutations; subscriptions need a transport that streams.
 */
export function allowedOperations(
  method: Method,
  { subscriptions }: { readonly subscriptions: boolean },
): AllowedOperations {
  return (kind) => {
    if (kind === OperationTypeNode.MUTATION && method === 'GET') {
      return new RequestError([graphError('BAD_REQUEST', 'Mutations must be sent by POST')], 405, { allow: 'POST' });
    }
    if (kind === OperationTypeNode.SUBSCRIPTION && !subscriptions) {
      return new RequestError([graphError('BAD_REQUEST', ELSEWHERE)]);
    }
    return undefined;
  };
}

/**
 * Reads the GraphQL request from the query string of a GET or the JSON body of a POST (GraphQL over HTTP, "Request
 * Parameters").
 *
 * @throws HttpError 400, 415
 * @throws BodyError 400, 413, 415
 */
export async function readRequest(request: IncomingMessage, method: Method): Promise<OperationRequest> {
  if (method === 'GET') return parseQueryString(request.url ?? '');
  if (!isJson(request)) throw new HttpError(415, 'Content-Type must be application/json');
  return parseParameters(await readJson(request, MAX_BODY));
}

function isJson({ headers }: IncomingMessage): boolean {
  return /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');
}

function parseQueryString(url: string): OperationRequest {
  const start = url.indexOf('?');
  const search = new URLSearchParams(start < 0 ? '' : url.slice(start));
  return parseParameters({
    query: findParameter(search, 'query'),
    documentId: findParameter(search, 'documentId'),
    operationName: findParameter(search, 'operationName'),
    variables: parseJsonParameter(search, 'variables'),
    extensions: parseJsonParameter(search, 'extensions'),
  });
}

function findParameter(search: URLSearchParams, name: string): string | undefined {
  const [value, ...others] = search.getAll(name);
  if (others.length > 0) throw new HttpError(400, `\`${name}\` may be sent only once`);
  return value;
}

function parseJsonParameter(search: URLSearchParams, name: string): unknown {
  const text = findParameter(search, name);
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new HttpError(400, `\`${name}\` is not valid JSON`);
    throw error;
  }
}

function parseParameters(parameters: unknown): OperationRequest {
  const { query, operationName, variables, documentId, extensions } = (parameters ?? {}) as Readonly<
    Record<string, unknown>
  >;
  const isNamed = documentIdOf({ documentId, extensions }) !== undefined;
  if (query === undefined || query === null || query === '' ? !isNamed : typeof query !== 'string') {
    throw new HttpError(400, '`query` must be a GraphQL document');
  }
  if (typeof operationName !== 'string' && operationName !== undefined && operationName !== null) {
    throw new HttpError(400, '`operationName` must be a string');
  }
  if (!isOptionalObject(variables)) throw new HttpError(400, '`variables` must be an object');
  if (!isOptionalObject(extensions)) throw new HttpError(400, '`extensions` must be an object');
  return { query: typeof query === 'string' ? query : undefined, documentId, extensions, operationName, variables };
}

function isOptionalObject(value: unknown): value is Readonly<Record<string, unknown>> | null | undefined {
  return value === undefined || (typeof value === 'object' && !Array.isArray(value));
}
