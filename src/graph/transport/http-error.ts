import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyError } from '../../http/json-body.js';
import { isDatabaseAway } from '../../domain/sql/statement.js';
import { DATABASE_AWAY } from '../kernel/errors.js';
import type { GraphServices } from '../request/context.js';
import { JSON_TYPE, type ResponseType } from './media-type.js';

/** A request that is refused before an operation is prepared: the status, error and headers of its response. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  constructor(
    readonly status: number,
    message: string,
    readonly code = 'BAD_REQUEST',
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** Converts an error to the response a client sees. Unexpected errors are reported and masked. */
export function toHttpError(error: unknown, request: IncomingMessage, services: GraphServices): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof BodyError) return new HttpError(error.status, error.message);
  services.onError(error, requestIdOf(request));
  if (isDatabaseAway(error)) {
    return new HttpError(503, DATABASE_AWAY.message, DATABASE_AWAY.code, { 'Retry-After': DATABASE_AWAY.retryAfter });
  }
  return new HttpError(500, 'Internal server error', 'INTERNAL_SERVER_ERROR');
}

/** Writes an error as a GraphQL response without data. */
export function sendHttpError(
  response: ServerResponse,
  { status, message, code, headers }: HttpError,
  type: ResponseType = JSON_TYPE,
): void {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  response.writeHead(status, { ...headers, 'Content-Type': `${type}; charset=utf-8` }).end(body);
}

/** The id that the HTTP layer has given a request. */
export function requestIdOf(request: IncomingMessage): string | undefined {
  return (request as { id?: string }).id;
}
