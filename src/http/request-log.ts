import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.js';

/** The accepted form of a client's request id, safe for logs, headers and events. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Observes one request. `toRoute` is called when the request ends and returns its route without ids. */
export type ObserveRequest = (request: IncomingMessage, response: ServerResponse, toRoute: () => string) => void;

/**
 * Assigns each request an id (the client's `X-Request-Id` if valid) and logs one line at its end: method, route, status
 * and duration. Paths, queries, headers and bodies are never logged, because they contain attribute values.
 */
export function requestObserver(logger: Logger, metrics: Metrics): ObserveRequest {
  return (request, response, toRoute) => {
    const start = process.hrtime.bigint();
    const given = request.headers['x-request-id'];
    const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    Object.assign(request, { id });
    response.setHeader('X-Request-Id', id);
    let logged = false;
    const log = (): void => {
      if (logged) return;
      logged = true;
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      const route = toRoute();
      const { method = '' } = request;
      // An incomplete response is a server error if writing it failed; otherwise the client disconnected (499).
      const status = response.writableFinished ? response.statusCode : response.errored ? 500 : 499;
      metrics.requests.observe({ method, route, status }, seconds);
      // 501 answers a client that asks for what is not implemented: nothing has failed here.
      const level = status >= 500 && status !== 501 ? 'error' : 'info';
      logger[level]({ requestId: id, method, route, status, ms: Math.round(seconds * 1e5) / 100 }, 'request');
    };
    response.on('finish', log);
    response.on('close', log);
  };
}

/** Wraps the observer as express middleware; handlers store the name of their route in `response.locals.route`. */
export function requestLog(observe: ObserveRequest): RequestHandler {
  return (request, response, next) => {
    observe(request, response, () =>
      typeof response.locals['route'] === 'string' ? response.locals['route'] : 'other',
    );
    next();
  };
}
