import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApolloAdapter, HttpResult } from './apollo.js';
import { requirePrincipal } from './bearer.js';
import { GraphContext, type GraphServices } from '../request/context.js';
import { HttpError, requestIdOf, sendHttpError, toHttpError } from './http-error.js';
import { chooseType, GRAPHQL_TYPE, JSON_TYPE, type ResponseType } from './media-type.js';
import { parseMethod, readRequest } from './request.js';

/** Handles a request. Errors are part of the response, so the promise does not reject because of them. */
export type GraphHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * GraphQL over HTTP on `/graphql`: authenticates, negotiates the media type, reads the request and runs it through
 * Apollo Server. Built on Node's http module alone: with Express, a small query would spend a third of its time in
 * middleware.
 */
export function graphHandler(apollo: ApolloAdapter, services: GraphServices): GraphHandler {
  return async (request, response) => {
    const type = chooseType(request.headers.accept);
    let result: HttpResult;
    try {
      result = await run(apollo, services, request, type);
    } catch (error) {
      sendHttpError(response, toHttpError(error, request, services), type);
      return;
    }
    for (const [name, value] of result.headers) response.setHeader(name, value);
    response.writeHead(result.status, { 'Content-Type': `${type ?? JSON_TYPE}; charset=utf-8` }).end(result.body);
  };
}

async function run(
  apollo: ApolloAdapter,
  services: GraphServices,
  request: IncomingMessage,
  type: ResponseType | undefined,
): Promise<HttpResult> {
  const principal = await requirePrincipal(services.authenticator, request);
  const method = parseMethod(request);
  if (!type) throw new HttpError(406, `Accept must allow ${GRAPHQL_TYPE} or ${JSON_TYPE}`);
  const operation = await readRequest(request, method);
  const context = new GraphContext(services, principal, requestIdOf(request));
  return apollo.run({ method, type, operation, context }, request.headers);
}
