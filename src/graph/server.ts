import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApolloServer, type ApolloServerOptions, type ApolloServerPlugin, type BaseContext } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { expressMiddleware } from '@as-integrations/express5';
import express from 'express';
import { OperationTypeNode, type GraphQLSchema } from 'graphql';
import { GraphContext, type GraphServices } from './context.js';
import { findFault, graphError, toFormattedError } from './errors.js';
import { LIMIT_RULES, MAX_TOKENS, requireShallow } from './limits.js';
import { buildGraphSchema } from './schema.js';
import { openSockets } from './sockets.js';
import type { Plain } from './plain.js';

/** The GraphQL face: one handler for http, one for WebSockets, both on `/graphql`. */
export interface GraphServer {
  readonly schema: GraphQLSchema;
  /** Answers requests to the path it is mounted at, bodies and errors included. */
  readonly handler: express.RequestHandler;
  /** Takes an HTTP upgrade to the `graphql-transport-ws` protocol. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes every socket with 1001, "going away", and refuses new ones. */
  close(): Promise<void>;
}

const MAX_BODY = 1024 * 1024;

/** Starts the GraphQL face. What it returns lives until `close`. */
export async function createGraphServer(services: GraphServices): Promise<GraphServer> {
  const schema = buildGraphSchema();
  const apollo = new ApolloServer<Plain<GraphContext>>({
    schema,
    csrfPrevention: true,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    validationRules: [...LIMIT_RULES],
    parseOptions: { maxLexicalTokens: MAX_TOKENS },
    formatError: (formatted, error) => toFormattedError(formatted, error),
    plugins: [ApolloServerPluginLandingPageDisabled(), ApolloServerPluginCacheControlDisabled(), guard(services)],
    logger: reportingLogger(services),
  });
  await apollo.start();
  const sockets = openSockets(schema, services);
  return {
    schema,
    handler: toHandler(apollo, services),
    handleUpgrade: (request, socket, head) => sockets.handleUpgrade(request, socket, head),
    async close() {
      await Promise.all([sockets.close(), apollo.stop()]);
    },
  };
}

/** What Apollo would print is reported like every other fault; its warnings are for development. */
function reportingLogger(services: GraphServices): NonNullable<ApolloServerOptions<BaseContext>['logger']> {
  const quiet = (): void => undefined;
  return { debug: quiet, info: quiet, warn: quiet, error: (message: unknown) => services.onError(message) };
}

/** Limits that need the variables, and the reports of what clients see masked. */
function guard(services: GraphServices): ApolloServerPlugin<Plain<GraphContext>> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ operation, request }) {
          requireShallow(request.variables);
          if (operation?.operation === OperationTypeNode.SUBSCRIPTION) {
            const message = 'Subscriptions run over WebSockets (graphql-transport-ws) on this same path';
            throw graphError('BAD_REQUEST', message, { http: { status: 400 } });
          }
        },
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors) {
            const fault = findFault(error);
            if (fault !== undefined) services.onError(fault, contextValue.requestId);
          }
        },
      };
    },
  };
}

function toHandler(apollo: ApolloServer<Plain<GraphContext>>, services: GraphServices): express.RequestHandler {
  const router = express.Router();
  const contexts = new WeakMap<express.Request, GraphContext>();

  const authenticate: express.RequestHandler = async (request, response, next) => {
    const principal = await services.authenticator.authenticate(request.headers.authorization);
    if (!principal || principal.kind === 'scim') {
      const error = principal ? ', error="invalid_token", error_description="SCIM tokens do not open GraphQL"' : '';
      response.set('WWW-Authenticate', `Bearer realm="portico"${error}`);
      refuse(response, 401, 'UNAUTHENTICATED', 'Send "Authorization: Bearer …" with a GraphQL or an admin token');
      return;
    }
    contexts.set(request, new GraphContext(services, principal, (request as { id?: string }).id));
    next();
  };

  const execute = expressMiddleware(apollo, {
    context: async ({ req }) => {
      const context = contexts.get(req);
      if (!context) throw new Error('A request reached execution unauthenticated');
      return context;
    },
  });

  const requireBody: express.RequestHandler = (request, _response, next) => {
    // Express 5 leaves `body` undefined when there is none, and Apollo takes that for a missing parser.
    (request as { body?: unknown }).body ??= {};
    next();
  };

  const failed: express.ErrorRequestHandler = (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const { status, message } = toHttpError(error);
    if (status >= 500) services.onError(error, (request as { id?: string }).id);
    refuse(response, status, status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST', message);
  };

  router.all('/', authenticate, express.json({ limit: MAX_BODY }), requireBody, execute);
  router.use(failed);
  return router;
}

interface HttpError {
  readonly status: number;
  readonly message: string;
}

/** What the body parser throws, in words that name neither the parser nor the body. */
function toHttpError(error: unknown): HttpError {
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

function refuse(response: express.Response, status: number, code: string, message: string): void {
  response.status(status).json({ errors: [{ message, extensions: { code } }] });
}
