import express from 'express';
import { requirePrincipal } from '../bearer.js';
import { GraphContext, type GraphServices } from '../../request/context.js';
import type { Operations } from '../../operation/operations.js';
import { RequestError } from '../../operation/request-error.js';
import { HttpError, requestIdOf, sendHttpError, toHttpError } from '../http-error.js';
import type { OpenConnections } from '../open-connections.js';
import { allowedOperations, parseMethod, readRequest } from '../request.js';
import { streamSingleResult, streamOperation } from './sse-operation.js';
import { SseStream } from './sse-stream.js';

/** When a refused client may try again, in seconds. */
const RETRY_AFTER = '5';

/**
 * `/graphql/stream`: operations whose results are sent as server-sent events, by the graphql-sse protocol in its
 * distinct connections mode. Unauthenticated and malformed requests get an HTTP error; an operation that cannot run is
 * answered in the stream, as the protocol requires.
 */
export function streamRoutes(
  operations: Operations,
  services: GraphServices,
  connections: OpenConnections,
): express.RequestHandler {
  const run: express.RequestHandler = async (request, response) => {
    const method = parseMethod(request);
    if (!request.accepts('text/event-stream')) throw new HttpError(406, 'Accept must allow text/event-stream');
    const principal = await requirePrincipal(services.authenticator, request);
    // An EventSource that reconnects sends the last `id` it received.
    const resumeAfter = request.get('last-event-id') || undefined;
    const context = new GraphContext(services, principal, requestIdOf(request), resumeAfter);
    const operation = await readRequest(request, method);
    const prepared = operations.prepare(operation, context, allowedOperations(method, { subscriptions: true }));
    if (prepared instanceof RequestError && prepared.status !== 400) {
      response.set(prepared.headers);
      response.status(prepared.status).json(operations.present(prepared, context));
      return;
    }
    const stream = open(response, context);
    if (prepared instanceof RequestError) await streamSingleResult(stream, operations.present(prepared, context));
    else await streamOperation(operations, prepared, stream);
  };

  /** Throws HttpError 429, 503. */
  function open(response: express.Response, { principal }: GraphContext): SseStream {
    if (connections.isDraining) {
      const headers = { 'Retry-After': RETRY_AFTER, Connection: 'close' };
      throw new HttpError(503, 'The server is shutting down', 'SERVICE_UNAVAILABLE', headers);
    }
    const stream = new SseStream(response);
    connections.add(stream);
    if (!connections.admit(stream, principal)) {
      connections.delete(stream);
      const message = `A token can keep at most ${connections.perToken} connections open`;
      throw new HttpError(429, message, 'TOO_MANY_CONNECTIONS', { 'Retry-After': RETRY_AFTER });
    }
    services.onOpen?.('stream', 1);
    response.once('close', () => {
      connections.delete(stream);
      services.onOpen?.('stream', -1);
    });
    return stream;
  }

  const failed: express.ErrorRequestHandler = (error: unknown, request, response, next) => {
    const httpError = toHttpError(error, request, services);
    if (response.headersSent) next(error);
    else sendHttpError(response, httpError);
  };

  const router = express.Router();
  router.all('/', run);
  router.use(failed);
  return router;
}
