import {
  ApolloServer,
  HeaderMap,
  type ApolloServerOptions,
  type ApolloServerPlugin,
  type BaseContext,
  type GraphQLRequest,
  type GraphQLResponse,
  type HTTPGraphQLRequest,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { OperationTypeNode, parse, type FormattedExecutionResult } from 'graphql';
import type { GraphContext, GraphServices } from './context.js';
import { JSON_TYPE } from './media-type.js';
import { graphError, toFormattedError } from './errors.js';
import type { Carrier } from './operation/operation.js';
import type { Operations } from './operation/operations.js';
import { Refusal } from './operation/refusal.js';
import { documentIdOf } from './operation/trusted-documents.js';
import type { Plain } from './plain.js';

/** Apollo Server: what is http in GraphQL over HTTP, around operations that are prepared and run by `Operations`. */
export type Apollo = ApolloServer<Plain<GraphContext>>;

/** Starts Apollo Server. It lives until its `stop`. */
export async function startApollo(operations: Operations, services: GraphServices): Promise<Apollo> {
  const apollo = new ApolloServer<Plain<GraphContext>>({
    schema: operations.schema,
    csrfPrevention: true,
    // Documents come parsed and validated, introspection included or not, and are remembered elsewhere.
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
      throughOperations(operations),
    ],
    logger: reportingLogger(services),
  });
  await apollo.start();
  return apollo;
}

/** What Apollo would print is reported like every other fault; its warnings are for development. */
function reportingLogger(services: GraphServices): NonNullable<ApolloServerOptions<BaseContext>['logger']> {
  const quiet = (): void => undefined;
  return { debug: quiet, info: quiet, warn: quiet, error: (message: unknown) => services.onError(message) };
}

/** Stands in for the document of a refused request, so that Apollo does not look at the request's own. */
const NOTHING = parse('{ __typename }');

/** Prepares and runs each operation in Apollo's stead: a document is there before Apollo would parse the request's. */
function throughOperations(operations: Operations): ApolloServerPlugin<Plain<GraphContext>> {
  return {
    async requestDidStart(requestContext) {
      const { request } = requestContext;
      const asked = { ...request, documentId: documentIdIn(request.http) };
      // Apollo has its own words for a request that asks for nothing.
      if (!request.query && documentIdOf(asked) === undefined) return undefined;
      const context = requestContext.contextValue as GraphContext;
      const prepared = operations.prepare(asked, context, request.http?.method === 'GET' ? BY_GET : BY_POST);
      Object.assign(requestContext, { document: prepared instanceof Refusal ? NOTHING : prepared.document });
      // It wants to see a text, and no id that it would look up itself.
      request.query ||= '{ __typename }';
      delete request.extensions;
      return {
        async responseForOperation() {
          return prepared instanceof Refusal
            ? toRefused(operations.present(prepared, context), prepared, request)
            : toResponse(operations.present(await operations.execute(prepared), context));
        },
      };
    },
  };
}

/** The id of a document, which stands beside what Apollo reads of a request. */
function documentIdIn(http: HTTPGraphQLRequest | undefined): unknown {
  if (http?.method === 'GET') return new URLSearchParams(http.search).get('documentId');
  return (http?.body as { readonly documentId?: unknown } | null | undefined)?.documentId;
}

const ELSEWHERE =
  'Subscriptions are not supported here: open a WebSocket (graphql-transport-ws) on the same path, or an event stream ' +
  'on /graphql/stream';

const BY_POST: Carrier = (kind) =>
  kind === OperationTypeNode.SUBSCRIPTION ? new Refusal([graphError('BAD_REQUEST', ELSEWHERE)]) : undefined;

/** GraphQL over HTTP, "GET": what is safe by the rules of http must not change anything. */
const BY_GET: Carrier = (kind) =>
  kind === OperationTypeNode.MUTATION
    ? new Refusal([graphError('BAD_REQUEST', 'Mutations must be sent by POST')], 405, { allow: 'POST' })
    : BY_POST(kind);

/**
 * `application/json` says 200 whenever the request was well-formed, for such an answer may come from anywhere on the way;
 * GraphQL's own media type shows with 400 that nothing has run (GraphQL over HTTP, "Status Codes").
 */
function toRefused(
  result: FormattedExecutionResult,
  { status, headers }: Refusal,
  { http }: GraphQLRequest,
): GraphQLResponse {
  const hidden = status === 400 && http?.headers.get('accept') === JSON_TYPE;
  return toResponse(result, hidden ? 200 : status, headers);
}

function toResponse(
  singleResult: FormattedExecutionResult<Record<string, unknown>>,
  status = 200,
  headers: Refusal['headers'] = {},
): GraphQLResponse {
  return {
    http: { status, headers: new HeaderMap(Object.entries(headers)) },
    body: { kind: 'single', singleResult },
  };
}
