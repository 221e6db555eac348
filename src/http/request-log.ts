import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.js';

/** What an id of a client may be, so that it can stand in logs, headers and events. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Watches one request; the name of its route, without ids, is asked for at its end. */
export type ObserveRequest = (request: IncomingMessage, response: ServerResponse, toRoute: () => string) => void;

/**
 * Gives each request an id (the client's own `X-Request-Id` where it has a fit one), and writes one line for it at its
 * end: method, route, status, time. No path, query, header or body gets into the log: they hold attribute values.
 */
export function requestObserver(logger: Logger, metrics: Metrics): ObserveRequest {
  return (request, response, toRoute) => {
    const start = process.hrtime.bigint();
    const given = request.headers['x-request-id'];
    const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    Object.assign(request, { id });
    response.setHeader('X-Request-Id', id);
    let told = false;
    const tell = (): void => {
      if (told) return;
      told = true;
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      const route = toRoute();
      const { method = '' } = request;
      // An answer that broke off was ours to finish, or the client did not wait for it.
      const status = response.writableFinished ? response.statusCode : response.errored ? 500 : 499;
      metrics.requests.observe({ method, route, status }, seconds);
      // 501 answers a client that asks for what is not implemented: nothing has failed here.
      const level = status >= 500 && status !== 501 ? 'error' : 'info';
      logger[level]({ requestId: id, method, route, status, ms: Math.round(seconds * 1e5) / 100 }, 'request');
    };
    response.on('finish', tell);
    response.on('close', tell);
  };
}

/** The observer as express middleware; handlers leave the name of their route in `response.locals.route`. */
export function requestLog(observe: ObserveRequest): RequestHandler {
  return (request, response, next) => {
    observe(request, response, () =>
      typeof response.locals['route'] === 'string' ? response.locals['route'] : 'other',
    );
    next();
  };
}
