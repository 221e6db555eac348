import { HeaderMap } from '@apollo/server';
import express from 'express';
import { GRAPHQL_TYPE, JSON_TYPE, type Apollo } from './apollo.js';
import { NOT_LET_IN, readBearer } from './bearer.js';
import { GraphContext, type GraphServices } from './context.js';

/** The largest body, unpacked. Operations are short; what is long in them are lists of ids, and those have limits. */
export const MAX_BODY = 1024 * 1024;

/** What came to be known of a request before its operation is looked at. */
interface Exchange {
  /** The media type of the answer. */
  readonly type: typeof JSON_TYPE | typeof GRAPHQL_TYPE;
  context?: GraphContext;
}

/** `/graphql` over http: who asks, in which media type, with which body. The rest is Apollo's. */
export function graphRoutes(apollo: Apollo, services: GraphServices): express.RequestHandler {
  const exchanges = new WeakMap<express.Request, Exchange>();

  const negotiate: express.RequestHandler = (request, response, next) => {
    const type = request.accepts([JSON_TYPE, GRAPHQL_TYPE]) as Exchange['type'] | false;
    exchanges.set(request, { type: type || JSON_TYPE });
    if (type) next();
    else refuse(request, response, 406, `Answers come as ${GRAPHQL_TYPE} or ${JSON_TYPE}`);
  };

  const authenticate: express.RequestHandler = async (request, response, next) => {
    const { principal, challenge } = await readBearer(services.authenticator, request.headers.authorization);
    if (!principal) {
      response.set('WWW-Authenticate', challenge);
      refuse(request, response, 401, NOT_LET_IN, 'UNAUTHENTICATED');
      return;
    }
    exchangeOf(request).context = new GraphContext(services, principal, (request as { id?: string }).id);
    next();
  };

  const requireForm: express.RequestHandler = (request, response, next) => {
    const { method } = request;
    if (method !== 'GET' && method !== 'POST') {
      response.set('Allow', 'GET, POST');
      refuse(request, response, 405, 'Operations are sent by POST, queries also by GET');
    } else if (method === 'POST' && request.is(JSON_TYPE) !== JSON_TYPE) {
      refuse(request, response, 415, `The body must be ${JSON_TYPE}`);
    } else {
      next();
    }
  };

  const run: express.RequestHandler = async (request, response) => {
    const { type, context } = exchangeOf(request);
    if (!context) throw new Error('A request reached execution unauthenticated');
    const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method,
        // Apollo looks at few of them; the media type of the answer is decided already.
        headers: new HeaderMap([...APOLLO_HEADERS.flatMap((name) => headerOf(request, name)), ['accept', type]]),
        search: URL.parse(request.originalUrl, 'http://localhost')?.search ?? '',
        body: (request.body as unknown) ?? {},
      },
      context: async () => context,
    });
    if (body.kind !== 'complete') throw new Error('Nothing here is delivered in parts');
    response.status(status ?? 200).setHeaders(headers);
    response.set('Content-Type', `${type}; charset=utf-8`).end(body.string);
  };

  const failed: express.ErrorRequestHandler = (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const { status, message } = toHttpError(error);
    if (status >= 500) services.onError(error, (request as { id?: string }).id);
    refuse(request, response, status, message, status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST');
  };

  function exchangeOf(request: express.Request): Exchange {
    const exchange = exchanges.get(request);
    if (!exchange) throw new Error('A request came past negotiation');
    return exchange;
  }

  function refuse(
    request: express.Request,
    response: express.Response,
    status: number,
    message: string,
    code = 'BAD_REQUEST',
  ): void {
    response.status(status).set('Content-Type', `${exchangeOf(request).type}; charset=utf-8`);
    response.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
  }

  const router = express.Router();
  router.all('/', negotiate, authenticate, requireForm, express.json({ limit: MAX_BODY }), run);
  router.use(failed);
  return router;
}

/** What CSRF prevention and the form of GET requests depend on. */
const APOLLO_HEADERS = ['content-type', 'apollo-require-preflight', 'x-apollo-operation-name'] as const;

function headerOf({ headers }: express.Request, name: string): Array<[string, string]> {
  const value = headers[name];
  return typeof value === 'string' ? [[name, value]] : [];
}

interface HttpError {
  readonly status: number;
  readonly message: string;
}

/** What the body parser throws, in words that name neither the parser nor the body. */
export function toHttpError(error: unknown): HttpError {
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  switch (type) {
    case 'entity.too.large':
      return { status: 413, message: `The body is larger than ${MAX_BODY} bytes` };
    case 'entity.parse.failed':
      return { status: 400, message: 'The body is not valid JSON' };
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return { status: 415, message: 'The body has an encoding that is not supported' };
    case 'request.aborted':
    case 'request.size.invalid':
      return { status: 400, message: 'The body ended before its announced length' };
    default:
      return { status: 500, message: 'Internal server error' };
  }
}
