import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLError } from 'graphql';
import { CloseCode, handleProtocols, makeServer, MessageType, type Context, type SubscribePayload } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { isDatabaseAway } from '../../domain/sql/statement.js';
import { readBearer } from './bearer.js';
import { GraphContext, type GraphServices } from '../request/context.js';
import { graphError } from '../kernel/errors.js';
import type { AllowedOperations, Operation } from '../operation/operation.js';
import type { Operations } from '../operation/operations.js';
import { RequestError } from '../operation/request-error.js';
import type { OpenConnections } from './open-connections.js';
import { isAllowedOrigin, type OriginRules } from './origin.js';
import { WebSocketConnection, TRY_AGAIN_LATER } from './websocket.js';

/** GraphQL over WebSockets. */
export interface WebSocketServerHandle {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

export interface WebSocketOptions extends OriginRules {
  /** The maximum number of concurrent operations per socket. */
  readonly maxOperations: number;
}

/** The maximum size of a message in bytes. It is lower than for HTTP bodies, because many sockets may be open at once. */
const MAX_MESSAGE = 256 * 1024;
/** The path of WebSockets, with an optional trailing slash and query string. */
const PATH = /^\/graphql\/?(\?|$)/;
const INIT_TIMEOUT = 10_000;
/** How long a client may take to complete the closing handshake, in milliseconds. */
const CLOSE_TIMEOUT = 2_000;

type SocketContext = Context<Record<string, unknown>, WebSocketConnection>;

/** Creates the WebSocket server, which runs queries and mutations as well as subscriptions. */
export function createWebSocketServer(
  operations: Operations,
  services: GraphServices,
  connections: OpenConnections,
  options: WebSocketOptions,
): WebSocketServerHandle {
  const protocol = makeServer<Record<string, unknown>, WebSocketConnection>({
    connectionInitWaitTimeout: INIT_TIMEOUT,
    onConnect: async ({ connectionParams, extra: socket }) => {
      const { principal } = await readBearer(services.authenticator, connectionParams?.['authorization']);
      if (!principal) return false;
      if (!connections.admit(socket, principal)) {
        socket.close(TRY_AGAIN_LATER, `A token can keep at most ${connections.perToken} connections open`);
        return false;
      }
      socket.principal = principal;
      return true;
    },
    onSubscribe: (context, _id, payload) =>
      Object.keys(context.subscriptions).length > options.maxOperations
        ? [tooManyOperations(options)]
        : toOperation(operations, services, context, payload),
    execute: (args) => operations.execute(args as Operation),
    onNext: (_context, _id, _payload, args, result) => operations.present(result, (args as Operation).contextValue),
    onError: ({ extra }, _id, _payload, errors) => operations.format(errors, contextOf(services, extra)),
  });

  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    handleProtocols,
    // Missing from the types of the package.
    ...{ closeTimeout: CLOSE_TIMEOUT },
  });
  server.on('connection', (accepted: WebSocket, request: IncomingMessage) => {
    const socket = new WebSocketConnection(accepted, (request as { id?: string }).id);
    connections.add(socket);
    services.onOpen?.('socket', 1);
    accepted.once('close', () => {
      connections.delete(socket);
      services.onOpen?.('socket', -1);
    });
    const fail = (error: unknown): void => services.onError(error, socket.requestId);
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (message) => socket.send(message),
        close: (code, reason) => socket.close(code ?? CloseCode.InternalServerError, reason ?? ''),
        onMessage: (receive) =>
          socket.onMessage((message) => {
            receive(message).catch((error: unknown) => {
              if (isOfServer(message)) {
                socket.close(CloseCode.BadRequest, 'Invalid message received');
                return;
              }
              fail(error);
              if (isDatabaseAway(error)) socket.close(TRY_AGAIN_LATER, 'The database is temporarily unavailable');
              else socket.close(CloseCode.InternalServerError, 'Internal server error');
            });
          }),
      },
      socket,
    );
    socket.onClosed((code, reason) => void closed(code, reason).catch(fail));
  });

  return {
    handleUpgrade(request, socket, head) {
      const refusal = refusalOf(request, connections.isDraining, options);
      if (refusal === undefined) {
        server.handleUpgrade(request, socket, head, (accepted) => server.emit('connection', accepted, request));
        return;
      }
      // After the upgrade nothing else listens to the socket, and an unhandled error event would end the process.
      socket.on('error', () => socket.destroy());
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    },
    close() {
      server.close();
    },
  };
}

/** The status with which a handshake is refused; undefined if it is accepted. */
function refusalOf(
  { url = '', headers }: IncomingMessage,
  isDraining: boolean,
  rules: OriginRules,
): string | undefined {
  if (!PATH.test(url)) return '404 Not Found';
  if (!isAllowedOrigin(headers.origin, headers.host, rules)) return '403 Forbidden';
  return isDraining ? '503 Service Unavailable' : undefined;
}

const SERVER_TYPES: ReadonlySet<unknown> = new Set([MessageType.ConnectionAck, MessageType.Next, MessageType.Error]);

/** Whether a message is one that only servers send. graphql-ws fails on it as if the fault were the server's. */
function isOfServer(message: string): boolean {
  // graphql-ws has parsed it already, else it would have closed the socket.
  return SERVER_TYPES.has((JSON.parse(message) as { readonly type?: unknown }).type);
}

function tooManyOperations({ maxOperations }: WebSocketOptions): GraphQLError {
  const message = `A socket can run at most ${maxOperations} operations at a time; open another socket for more`;
  return graphError('TOO_MANY_OPERATIONS', message);
}

function toOperation(
  operations: Operations,
  services: GraphServices,
  { extra }: SocketContext,
  payload: SubscribePayload,
): Operation | readonly GraphQLError[] {
  const prepared = operations.prepare(payload, contextOf(services, extra), ALL_OPERATIONS);
  return prepared instanceof RequestError ? prepared.errors : prepared;
}

function contextOf(services: GraphServices, { principal, requestId }: WebSocketConnection): GraphContext {
  if (!principal) throw new Error('An operation reached execution unauthenticated');
  return new GraphContext(services, principal, requestId);
}

/** Sockets run operations of all types. */
const ALL_OPERATIONS: AllowedOperations = () => undefined;
