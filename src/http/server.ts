import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ObserveRequest } from './request-log.js';
import { normalizeUrl } from './request-target.js';

/** Handles requests without express. The handler sets the name of its route, without ids, for logs and metrics. */
export interface DirectRoute {
  accepts(request: IncomingMessage): boolean;
  handle(request: IncomingMessage, response: ServerResponse, seen: { route: string }): void;
}

/** The handlers of the HTTP server. */
export interface HttpHandlers {
  /**
   * Hot paths, in order of precedence. They bypass express, which would take a third of the time of a small request.
   */
  readonly direct: readonly DirectRoute[];
  /** Handles every other request. */
  readonly fallback: (request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/**
 * The maximum size of the request line and headers in bytes, sufficient for the longest accepted filter when
 * percent-encoded.
 */
const MAX_HEADER_SIZE = 64 * 1024;

/**
 * The time in milliseconds that an idle connection stays open. It must exceed the idle timeout of load balancers,
 * usually a minute: otherwise a balancer may reuse a connection that is being closed and respond with 502.
 */
const KEEP_ALIVE_TIMEOUT = 75_000;

/**
 * Creates the HTTP server and dispatches requests. Requests that arrive before the handlers are ready are queued: an
 * error would look like an outage, and a 404 would make Entra treat a user as deleted.
 */
export function createHttpServer(handlers: Promise<HttpHandlers>, observe: ObserveRequest): Server {
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_SIZE, keepAliveTimeout: KEEP_ALIVE_TIMEOUT },
    (request, response) => {
      void handlers.then((ready) => dispatch(ready, request, response));
    },
  );
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    void handlers.then(({ upgrade }) => {
      normalizeUrl(request);
      upgrade(request, socket, head);
    });
  });

  function dispatch({ direct, fallback }: HttpHandlers, request: IncomingMessage, response: ServerResponse): void {
    normalizeUrl(request);
    const route = direct.find((one) => one.accepts(request));
    if (!route) {
      fallback(request, response);
      return;
    }
    const seen = { route: 'other' };
    observe(request, response, () => seen.route);
    route.handle(request, response, seen);
  }

  return server;
}
