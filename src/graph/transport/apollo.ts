import type { IncomingHttpHeaders } from 'node:http';
import {
  ApolloServer,
  HeaderMap,
  type ApolloServerOptions,
  type ApolloServerPlugin,
  type BaseContext,
  type GraphQLResponse,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { parse, type ExecutionResult, type FormattedExecutionResult } from 'graphql';
import { isDatabaseAway } from '../../domain/sql/statement.js';
import type { GraphContext, GraphServices } from '../request/context.js';
import { DATABASE_AWAY, findInternalError, toFormattedError } from '../kernel/errors.js';
import type { OperationRequest } from '../operation/operation.js';
import type { Operations } from '../operation/operations.js';
import { RequestError } from '../operation/request-error.js';
import { JSON_TYPE, type ResponseType } from './media-type.js';
import { allowedOperations, type Method } from './request.js';

/** A parsed GraphQL request over HTTP: the context value of Apollo Server. */
export interface HttpRequest {
  readonly method: Method;
  /** The media type of the response. */
  readonly type: ResponseType;
  readonly operation: OperationRequest;
  readonly context: GraphContext;
}

/** A response, without its media type. */
export interface HttpResult {
  readonly status: number;
  readonly headers: Iterable<readonly [string, string]>;
  readonly body: string;
}

/**
 * Runs parsed requests through Apollo Server, which prevents CSRF, drives the request's life cycle and formats the
 * response. `Operations` prepares and executes the operation in its place, as it does for every other transport.
 */
export class ApolloAdapter {
  private constructor(private readonly server: ApolloServer<HttpRequest>) {}

  /** Starts Apollo Server. It runs until `stop`. */
  static async start(operations: Operations, services: GraphServices): Promise<ApolloAdapter> {
    const server = new ApolloServer<HttpRequest>({
      schema: operations.schema,
      csrfPrevention: true,
      // `Operations` parses, validates and caches documents, and enforces whether introspection is allowed.
      introspection: true,
      documentStore: null,
      persistedQueries: false,
      includeStacktraceInErrorResponses: false,
      stopOnTerminationSignals: false,
      stringifyResult: JSON.stringify,
      formatError: (formatted, error) => toFormattedError(formatted, error),
      plugins: [
        ApolloServerPluginLandingPageDisabled(),
        ApolloServerPluginCacheControlDisabled(),
        operationsPlugin(operations),
      ],
      logger: errorLogger(services),
    });
    await server.start();
    return new ApolloAdapter(server);
  }

  /** Runs a request. `headers` are those it was sent with. */
  async run(request: HttpRequest, headers: IncomingHttpHeaders): Promise<HttpResult> {
    const { method, type } = request;
    const result = await this.server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method,
        headers: new HeaderMap([...HEADERS.flatMap((name) => headerOf(headers, name)), ['accept', type]]),
        ...PLACEHOLDER,
      },
      context: async () => request,
    });
    if (result.body.kind !== 'complete') throw new Error('Incremental delivery is not supported');
    return { status: result.status ?? 200, headers: result.headers, body: result.body.string };
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

/** The headers that CSRF prevention and the check of GET requests depend on. */
const HEADERS = ['content-type', 'apollo-require-preflight', 'x-apollo-operation-name'] as const;

function headerOf(headers: IncomingHttpHeaders, name: string): Array<[string, string]> {
  const value = headers[name];
  return typeof value === 'string' ? [[name, value]] : [];
}

/** Takes the place of the request, which has been parsed, and of the document of one that is refused. */
const PLACEHOLDER = { search: '?query={__typename}', body: { query: '{__typename}' } } as const;
const PLACEHOLDER_DOCUMENT = parse(PLACEHOLDER.body.query);

/** Reports what Apollo would log as an error. Its warnings are meant for development. */
function errorLogger(services: GraphServices): NonNullable<ApolloServerOptions<BaseContext>['logger']> {
  const ignore = (): void => undefined;
  return { debug: ignore, info: ignore, warn: ignore, error: (message: unknown) => services.onError(message) };
}

/** Prepares each operation before Apollo would parse a document, and executes it instead of Apollo. */
function operationsPlugin(operations: Operations): ApolloServerPlugin<HttpRequest> {
  return {
    async requestDidStart(requestContext) {
      const { method, type, operation, context } = requestContext.contextValue;
      const prepared = operations.prepare(operation, context, allowedOperations(method, { subscriptions: false }));
      if (prepared instanceof RequestError) {
        Object.assign(requestContext, { document: PLACEHOLDER_DOCUMENT });
        return { responseForOperation: async () => toRefused(operations.present(prepared, context), prepared, type) };
      }
      Object.assign(requestContext, { document: prepared.document });
      if (operation.operationName) requestContext.request.operationName = operation.operationName;
      return {
        responseForOperation: async () => {
          const result = await operations.execute(prepared);
          const presented = operations.present(result, context);
          return isUnavailable(result)
            ? toResponse(presented, 503, { 'retry-after': DATABASE_AWAY.retryAfter })
            : toResponse(presented);
        },
      };
    },
  };
}

/** Returns whether the database was unavailable for any part of an operation, so that a retry may succeed. */
function isUnavailable({ errors = [] }: ExecutionResult): boolean {
  return errors.some((error) => isDatabaseAway(findInternalError(error)));
}

/**
 * `application/json` answers a well-formed request with 200, because such a response may stem from any intermediary.
 * GraphQL's own media type indicates with 400 that nothing was executed (GraphQL over HTTP, "Status Codes").
 */
function toRefused(
  result: FormattedExecutionResult,
  { status, headers }: RequestError,
  type: ResponseType,
): GraphQLResponse {
  return toResponse(result, status === 400 && type === JSON_TYPE ? 200 : status, headers);
}

function toResponse(
  singleResult: FormattedExecutionResult<Record<string, unknown>>,
  status = 200,
  headers: RequestError['headers'] = {},
): GraphQLResponse {
  return {
    http: { status, headers: new HeaderMap(Object.entries(headers)) },
    body: { kind: 'single', singleResult },
  };
}
