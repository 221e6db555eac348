import express from 'express';
import { OperationTypeNode } from 'graphql';
import { BodyError, readJson } from '../../http/json-body.js';
import { readRequestBearer } from '../bearer.js';
import { GraphContext, type GraphServices } from '../context.js';
import { graphError } from '../errors.js';
import { isJson, MAX_BODY } from '../graph-http.js';
import type { Carrier, OperationRequest } from '../operation/operation.js';
import type { Operations } from '../operation/operations.js';
import { Refusal } from '../operation/refusal.js';
import { documentIdOf } from '../operation/trusted-documents.js';
import { EventStream } from './event-stream.js';
import type { OpenConnections } from './open-connections.js';
import { streamOne, streamOperation } from './stream-operation.js';

/** When it may be worth coming back, in seconds. */
const RETRY_AFTER = '5';

/**
 * `/graphql/stream`: operations whose results come as server-sent events, by the protocol of graphql-sse in its mode of
 * distinct connections. Who is not let in, and what is no request at all, is refused with a status; an operation that
 * cannot run is answered in the stream, as the protocol demands.
 */
export function streamRoutes(
  operations: Operations,
  services: GraphServices,
  connections: OpenConnections,
): express.RequestHandler {
  const contexts = new WeakMap<express.Request, GraphContext>();

  const negotiate: express.RequestHandler = (request, response, next) => {
    const { method } = request;
    if (method !== 'GET' && method !== 'POST') {
      response.set('Allow', 'GET, POST');
      refuse(response, 405, 'Method not allowed: send operations by POST or GET');
    } else if (!request.accepts('text/event-stream')) {
      refuse(response, 406, 'Accept must allow text/event-stream');
    } else {
      next();
    }
  };

  const authenticate: express.RequestHandler = async (request, response, next) => {
    const bearer = await readRequestBearer(services.authenticator, request);
    const { principal } = bearer;
    if (!principal) {
      response.set('WWW-Authenticate', bearer.challenge);
      refuse(response, bearer.status, bearer.message, bearer.code);
      return;
    }
    // What an EventSource sends when it comes back: the last `id` it has seen.
    const resumeAfter = request.get('last-event-id') || undefined;
    contexts.set(request, new GraphContext(services, principal, (request as { id?: string }).id, resumeAfter));
    next();
  };

  const requireJson: express.RequestHandler = (request, response, next) => {
    if (request.method === 'GET' || isJson(request)) next();
    else refuse(response, 415, 'Content-Type must be application/json');
  };

  const run: express.RequestHandler = async (request, response) => {
    const context = contexts.get(request);
    if (!context) throw new Error('A request reached execution unauthenticated');
    const isGet = request.method === 'GET';
    const asked = isGet ? parseQuery(request.originalUrl) : parseBody(await readJson(request, MAX_BODY));
    const prepared = operations.prepare(asked, context, isGet ? BY_GET : BY_POST);
    if (prepared instanceof Refusal && prepared.status !== 400) {
      response.set(prepared.headers);
      response.status(prepared.status).json(operations.present(prepared, context));
      return;
    }
    const stream = open(response, context);
    if (!stream) return;
    if (prepared instanceof Refusal) await streamOne(stream, operations.present(prepared, context));
    else await streamOperation(operations, prepared, stream);
  };

  /** Undefined where the client is refused. */
  function open(response: express.Response, { principal }: GraphContext): EventStream | undefined {
    if (connections.isDraining) {
      response.set({ 'Retry-After': RETRY_AFTER, Connection: 'close' });
      refuse(response, 503, 'The server is shutting down', 'SERVICE_UNAVAILABLE');
      return undefined;
    }
    const stream = new EventStream(response);
    connections.add(stream);
    if (!connections.admit(stream, principal)) {
      connections.delete(stream);
      response.set('Retry-After', RETRY_AFTER);
      refuse(
        response,
        429,
        `A token can keep at most ${connections.perToken} connections open`,
        'TOO_MANY_CONNECTIONS',
      );
      return undefined;
    }
    services.onOpen?.('stream', 1);
    response.once('close', () => {
      connections.delete(stream);
      services.onOpen?.('stream', -1);
    });
    return stream;
  }

  const failed: express.ErrorRequestHandler = (error: unknown, request, response, next) => {
    if (error instanceof Malformed || error instanceof BodyError) {
      refuse(response, error instanceof BodyError ? error.status : 400, error.message);
      return;
    }
    services.onError(error, (request as { id?: string }).id);
    if (response.headersSent) next(error);
    else refuse(response, 500, 'Internal server error', 'INTERNAL_SERVER_ERROR');
  };

  const router = express.Router();
  router.all('/', negotiate, authenticate, requireJson, run);
  router.use(failed);
  return router;
}

function refuse(response: express.Response, status: number, message: string, code = 'BAD_REQUEST'): void {
  response.status(status).json({ errors: [{ message, extensions: { code } }] });
}

const BY_POST: Carrier = () => undefined;

const BY_GET: Carrier = (kind) =>
  kind === OperationTypeNode.MUTATION
    ? new Refusal([graphError('BAD_REQUEST', 'Mutations must be sent by POST')], 405, { allow: 'POST' })
    : undefined;

/** What is no GraphQL request. */
class Malformed extends Error {}

function parseQuery(url: string): OperationRequest {
  const parameters = new URLSearchParams(url.split('?').slice(1).join('?'));
  const variables = parameters.get('variables') || undefined;
  return parseBody({
    query: parameters.get('query') ?? undefined,
    documentId: parameters.get('documentId') ?? undefined,
    operationName: parameters.get('operationName'),
    variables: variables === undefined ? undefined : parseJson(variables),
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new Malformed('`variables` is not valid JSON', { cause: error });
    throw error;
  }
}

/** Throws Malformed for anything but a GraphQL request (GraphQL over HTTP, "Request Parameters"). */
function parseBody(body: unknown): OperationRequest {
  const { query, operationName, variables, documentId, extensions } = (body ?? {}) as Readonly<Record<string, unknown>>;
  const isNamed = documentIdOf({ documentId, extensions }) !== undefined;
  if (query === undefined || query === null || query === '' ? !isNamed : typeof query !== 'string') {
    throw new Malformed('`query` must be a GraphQL document');
  }
  if (typeof operationName !== 'string' && operationName !== undefined && operationName !== null) {
    throw new Malformed('`operationName` must be a string');
  }
  if (typeof variables !== 'object' && variables !== undefined) throw new Malformed('`variables` must be an object');
  if (Array.isArray(variables)) throw new Malformed('`variables` must be an object');
  const document = { query: typeof query === 'string' ? query : undefined, documentId, extensions };
  return { ...document, operationName, variables: variables as OperationRequest['variables'] };
}
