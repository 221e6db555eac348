import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLError } from 'graphql';
import { CloseCode, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Principal } from '../domain/token/principal.js';
import { GraphContext, type GraphServices } from './context.js';
import type { Carrier, Operation, Operations } from './operation/operations.js';
import { Refusal } from './operation/refusal.js';

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

/** Opens the WebSocket side, on which queries and mutations run as well as subscriptions. */
export function openSockets(operations: Operations, services: GraphServices): GraphSockets {
  const sockets = new Map<WebSocket, Connection>();
  const protocol = makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: INIT_TIMEOUT,
    onConnect: async ({ connectionParams, extra }) => {
      const authorization = connectionParams?.['authorization'];
      const principal =
        typeof authorization === 'string' ? await services.authenticator.authenticate(authorization) : undefined;
      if (!principal || principal.kind === 'scim') return false;
      extra.principal = principal;
      return true;
    },
    onSubscribe: ({ extra }, _id, payload) => toOperation(operations, services, extra, payload),
    execute: (args) => operations.execute(args as Operation),
    onNext: (_context, _id, _payload, args, result) => operations.present(result, (args as Operation).contextValue),
    onError: ({ extra }, _id, _payload, errors) => operations.format(errors, contextOf(services, extra)),
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

function toOperation(
  operations: Operations,
  services: GraphServices,
  connection: Connection,
  payload: SubscribePayload,
): Operation | readonly GraphQLError[] {
  try {
    return operations.prepare(payload, contextOf(services, connection), EVERYTHING);
  } catch (error) {
    if (error instanceof Refusal) return error.errors;
    throw error;
  }
}

function contextOf(services: GraphServices, { principal, requestId }: Connection): GraphContext {
  if (!principal) throw new Error('An operation reached execution unauthenticated');
  return new GraphContext(services, principal, requestId);
}

/** Sockets carry subscriptions, and the others as well. */
const EVERYTHING: Carrier = () => undefined;

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
