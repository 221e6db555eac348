import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import { healthz } from './health-routes.js';
import { requestLog, type ObserveRequest } from './request-log.js';

/** Options of the express application. */
export interface ExpressAppOptions {
  readonly observe: ObserveRequest;
  readonly readyz: express.RequestHandler;
  readonly metrics: express.RequestHandler;
  /** GraphQL over GET, and any other request to `/graphql` that the GraphiQL page does not handle. */
  readonly graphql: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly graphqlStream: express.RequestHandler;
  /** The GraphiQL page; undefined if disabled. */
  readonly graphiql: express.RequestHandler | undefined;
  /** Called with each error that is returned to a client as 500. */
  readonly onError: (error: unknown) => void;
}

/**
 * Creates the express application: health, readiness, metrics, GraphQL over GET, event streams and the GraphiQL page.
 */
export function createExpressApp(options: ExpressAppOptions): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', false);
  app.get('/healthz', named('/healthz', healthz));
  app.get('/readyz', named('/readyz', options.readyz));
  app.get('/metrics', named('/metrics', options.metrics));
  app.use(requestLog(options.observe));
  app.use('/graphql/stream', named('/graphql/stream', options.graphqlStream));
  if (options.graphiql) app.use('/graphql', named('/graphql', options.graphiql));
  app.use(
    '/graphql',
    named('/graphql', (request, response, next) => {
      if (request.path === '/') void options.graphql(request, response);
      else next();
    }),
  );
  app.get('/', (_request, response) => {
    response.redirect('/graphql');
  });
  app.use((_request, response) => {
    response.status(404).json({ error: 'Not found' });
  });
  app.use(maskErrors(options.onError));
  return app;
}

/** Sets the name of the route for logs and metrics. */
function named(route: string, handler: express.RequestHandler): express.RequestHandler {
  return (request, response, next) => {
    response.locals['route'] = route;
    return handler(request, response, next);
  };
}

/** Reports unexpected errors and responds without their details, which express itself would disclose. */
function maskErrors(onError: (error: unknown) => void): express.ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    onError(error);
    if (response.headersSent) response.destroy();
    else response.status(500).json({ error: 'Internal server error' });
  };
}
