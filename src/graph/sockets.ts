import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  GraphQLError,
  parse,
  specifiedRules,
  validate,
  type ExecutionArgs,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { CloseCode, handleProtocols, makeServer, type Context, type SubscribePayload } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Principal } from '../domain/token/principal.js';
import { GraphContext, type GraphServices } from './context.js';
import { findFault, toFormattedError } from './errors.js';
import { LIMIT_RULES, MAX_TOKENS, requireShallow } from './limits.js';

/** The WebSockets of GraphQL. */
export interface GraphSockets {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): Promise<void>;
}

/** The largest message a client may send. Bodies of http may be larger; a socket stays open, and there may be many. */
const MAX_MESSAGE = 256 * 1024;
/** Where sockets open; a trailing slash and a query change nothing. */
const PATH = /^\/graphql\/?(\?|$)/;
const INIT_TIMEOUT = 10_000;
const PING_EVERY = 12_000;
/** How often open sockets are checked for tokens that are no longer valid. */
const CHECK_EVERY = 1_000;
const GOING_AWAY = 1001;
/** How long clients have to answer the closing handshake before their connections are cut. */
const CLOSE_TIMEOUT = 2_000;

interface Connection {
  readonly requestId: string | undefined;
  principal?: Principal;
}

type SocketContext = Context<Record<string, unknown>, Connection>;

/** Opens the WebSocket side, on which queries and mutations run as well as subscriptions. */
export function openSockets(schema: GraphQLSchema, services: GraphServices): GraphSockets {
  const sockets = new Map<WebSocket, Connection>();
  const protocol = makeServer<Record<string, unknown>, Connection>({
    schema,
    connectionInitWaitTimeout: INIT_TIMEOUT,
    onConnect: async ({ connectionParams, extra }) => {
      const authorization = connectionParams?.['authorization'];
      const principal =
        typeof authorization === 'string' ? await services.authenticator.authenticate(authorization) : undefined;
      if (!principal || principal.kind === 'scim') return false;
      extra.principal = principal;
      return true;
    },
    onSubscribe: (context, _id, payload) => toExecution(schema, services, context, payload),
    onNext: ({ extra }, _id, _payload, _args, { data = null, errors }) =>
      errors ? { data, errors: present(errors, extra) } : undefined,
    onError: ({ extra }, _id, _payload, errors) => present(errors, extra),
  });

  const present = (errors: readonly GraphQLError[], { requestId }: Connection): readonly GraphQLFormattedError[] =>
    errors.map((error) => {
      const fault = findFault(error);
      if (fault !== undefined) services.onError(fault, requestId);
      return toFormattedError(error.toJSON(), error);
    });

  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE, handleProtocols });
  server.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const connection: Connection = { requestId: (request as { id?: string }).id };
    sockets.set(socket, connection);
    services.onSocket?.(1);
    // What goes wrong on the wire (a message that is too large, a reset) ends this socket and is nobody's fault here;
    // `ws` has closed it with the fitting code by itself.
    socket.on('error', () => undefined);
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (message) => send(socket, message),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (receive) => {
          socket.on('message', (message: Buffer) => {
            receive(message.toString()).catch((error: unknown) => {
              services.onError(error, connection.requestId);
              socket.close(CloseCode.InternalServerError, 'Internal server error');
            });
          });
        },
      },
      connection,
    );
    const stopPinging = keepAlive(socket);
    socket.once('close', (code, reason) => {
      stopPinging();
      sockets.delete(socket);
      services.onSocket?.(-1);
      closed(code, reason.toString()).catch((error: unknown) => services.onError(error, connection.requestId));
    });
  });

  const checking = setInterval(() => {
    closeInvalid(sockets, services).catch((error: unknown) => services.onError(error));
  }, CHECK_EVERY);
  checking.unref();

  return {
    handleUpgrade(request, socket, head) {
      if (!PATH.test(request.url ?? '')) {
        socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, (accepted) => server.emit('connection', accepted, request));
    },
    async close() {
      clearInterval(checking);
      const all = [...sockets.keys()];
      const gone = all.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      for (const socket of all) socket.close(GOING_AWAY, 'Going away');
      const cut = setTimeout(() => {
        for (const socket of all) socket.terminate();
      }, CLOSE_TIMEOUT);
      await Promise.all(gone);
      clearTimeout(cut);
      server.close();
    },
  };
}

/** Parses and validates one operation, under the same limits as over http. */
function toExecution(
  schema: GraphQLSchema,
  services: GraphServices,
  { extra }: SocketContext,
  { query, operationName, variables }: SubscribePayload,
): ExecutionArgs | readonly GraphQLError[] {
  if (!extra.principal) throw new Error('An operation reached execution unauthenticated');
  try {
    requireShallow(variables);
    const document = parse(query, { maxLexicalTokens: MAX_TOKENS });
    const errors = validate(schema, document, [...specifiedRules, ...LIMIT_RULES]);
    if (errors.length > 0) return errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
    return {
      schema,
      document,
      operationName: operationName ?? null,
      variableValues: variables ?? null,
      contextValue: new GraphContext(services, extra.principal, extra.requestId),
    };
  } catch (error) {
    if (error instanceof GraphQLError) return [withCode(error, 'GRAPHQL_PARSE_FAILED')];
    throw error;
  }
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes = null, source = null, positions = null } = error;
  return new GraphQLError(message, { nodes, source, positions, extensions: { code, ...error.extensions } });
}

function send(socket: WebSocket, message: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) {
      resolve();
      return;
    }
    // A socket that closes while it is written to is closed, not broken: the close event ends its subscriptions.
    socket.send(message, (error) => (error && socket.readyState === socket.OPEN ? reject(error) : resolve()));
  });
}

/** Pings a socket; one that does not answer until the next ping is cut. */
function keepAlive(socket: WebSocket): () => void {
  let alive = true;
  socket.on('pong', () => {
    alive = true;
  });
  const pinging = setInterval(() => {
    if (!alive) socket.terminate();
    alive = false;
    if (socket.readyState === socket.OPEN) socket.ping();
  }, PING_EVERY);
  pinging.unref();
  return () => clearInterval(pinging);
}

/** Closes the sockets whose token has expired or was revoked. One question for each distinct token, from a cache. */
async function closeInvalid(
  sockets: ReadonlyMap<WebSocket, Connection>,
  { authenticator }: GraphServices,
): Promise<void> {
  const byToken = new Map<string, { principal: Principal; sockets: WebSocket[] }>();
  for (const [socket, { principal }] of sockets) {
    if (typeof principal?.tokenId !== 'string') continue;
    const known = byToken.get(principal.tokenId);
    if (known) known.sockets.push(socket);
    else byToken.set(principal.tokenId, { principal, sockets: [socket] });
  }
  await Promise.all(
    [...byToken.values()].map(async ({ principal, sockets: opened }) => {
      if (await authenticator.isValid(principal)) return;
      for (const socket of opened) socket.close(CloseCode.Forbidden, 'Forbidden');
    }),
  );
}
