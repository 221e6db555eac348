import type { IncomingMessage, ServerResponse } from 'node:http';
import { HeaderMap } from '@apollo/server';
import { BodyError, readJson } from '../http/json-body.js';
import type { Apollo } from './apollo.js';
import { readRequestBearer } from './bearer.js';
import { GraphContext, type GraphServices } from './context.js';
import { chooseType, GRAPHQL_TYPE, JSON_TYPE, type AnswerType } from './media-type.js';

/** Answers a request, whatever happens. */
export type GraphHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The largest body, unpacked. Operations are short; what is long in them are lists of ids, and those have limits. */
export const MAX_BODY = 1024 * 1024;

interface Answer {
  readonly status: number;
  readonly headers?: Iterable<readonly [string, string]>;
  readonly body: string;
}

/**
 * `/graphql` over http: who asks, in which media type, with which body. The rest is Apollo's. Made of Node's http alone,
 * not of middleware, in which a small query would spend a third of its time.
 */
export function graphHandler(apollo: Apollo, services: GraphServices): GraphHandler {
  return async (request, response) => {
    const type = chooseType(request.headers.accept);
    const { status, headers, body } = await answer(apollo, services, request, type).catch((error: unknown) =>
      toAnswer(error, request, services),
    );
    for (const [name, value] of headers ?? []) response.setHeader(name, value);
    response.writeHead(status, { 'Content-Type': `${type ?? JSON_TYPE}; charset=utf-8` }).end(body);
  };
}

async function answer(
  apollo: Apollo,
  services: GraphServices,
  request: IncomingMessage,
  type: AnswerType | undefined,
): Promise<Answer> {
  const { method = '' } = request;
  const bearer = await readRequestBearer(services.authenticator, request);
  const { principal } = bearer;
  if (!principal) return refusal(bearer.status, bearer.message, bearer.code, [['WWW-Authenticate', bearer.challenge]]);
  if (method !== 'GET' && method !== 'POST') {
    return refusal(405, 'Method not allowed: send operations by POST, or queries by GET', 'BAD_REQUEST', [
      ['Allow', 'GET, POST'],
    ]);
  }
  if (!type) return refusal(406, `Accept must allow ${GRAPHQL_TYPE} or ${JSON_TYPE}`);
  if (method === 'POST' && !isJson(request)) return refusal(415, `Content-Type must be ${JSON_TYPE}`);
  const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method,
      // Apollo looks at few of them; the media type of the answer is decided already.
      headers: new HeaderMap([...APOLLO_HEADERS.flatMap((name) => headerOf(request, name)), ['accept', type]]),
      search: method === 'GET' ? searchOf(request) : '',
      body: method === 'POST' ? ((await readJson(request, MAX_BODY)) ?? {}) : {},
    },
    context: async () => new GraphContext(services, principal, (request as { id?: string }).id),
  });
  if (body.kind !== 'complete') throw new Error('Nothing here is delivered in parts');
  return { status: status ?? 200, headers, body: body.string };
}

function refusal(status: number, message: string, code = 'BAD_REQUEST', headers: Answer['headers'] = []): Answer {
  return { status, headers, body: JSON.stringify({ errors: [{ message, extensions: { code } }] }) };
}

function toAnswer(error: unknown, request: IncomingMessage, services: GraphServices): Answer {
  if (error instanceof BodyError) return refusal(error.status, error.message);
  services.onError(error, (request as { id?: string }).id);
  return refusal(500, 'Internal server error', 'INTERNAL_SERVER_ERROR');
}

/** Whether a request says that its body is JSON. */
export function isJson({ headers }: IncomingMessage): boolean {
  return /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');
}

function searchOf({ url = '' }: IncomingMessage): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start);
}

/** What CSRF prevention and the form of GET requests depend on. */
const APOLLO_HEADERS = ['content-type', 'apollo-require-preflight', 'x-apollo-operation-name'] as const;

function headerOf({ headers }: IncomingMessage, name: string): Array<[string, string]> {
  const value = headers[name];
  return typeof value === 'string' ? [[name, value]] : [];
}
