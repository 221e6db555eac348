import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type express from 'express';
import type { GraphQLSchema } from 'graphql';
import { ApolloAdapter } from './transport/apollo.js';
import type { GraphServices } from './request/context.js';
import { graphHandler, type GraphHandler } from './transport/http.js';
import { OpenConnections } from './transport/open-connections.js';
import { createWebSocketServer } from './transport/websocket-server.js';
import { streamRoutes } from './transport/sse-routes.js';
import { Operations, type OperationOptions } from './operation/operations.js';
import { buildGraphSchema } from './schema.js';

/** The GraphQL face: http and WebSockets on `/graphql`, event streams on `/graphql/stream`. */
export interface GraphServer {
  readonly schema: GraphQLSchema;
  /** Answers requests, of whatever path, bodies and errors included. */
  readonly handler: GraphHandler;
  /** The same for operations whose results come as an event stream. */
  readonly streamHandler: express.RequestHandler;
  /** Takes an HTTP upgrade to the `graphql-transport-ws` protocol. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** How many bytes wait for clients that take them slowly. */
  unsentBytes(): number;
  /** Closes every socket with 1001, "going away", and every stream, within five seconds, and refuses new ones. */
  close(): Promise<void>;
}

export interface GraphOptions extends OperationOptions {
  /** Origins whose pages may reach this service, beside its own; `*` for all. */
  readonly allowedOrigins: readonly string[];
  /** How many connections a token may keep open in this process. */
  readonly maxConnections: number;
  /** How many operations a socket may have under way at a time. */
  readonly maxSocketOperations: number;
}

/** Starts the GraphQL face. What it returns lives until `close`. */
export async function createGraphServer(services: GraphServices, options: GraphOptions): Promise<GraphServer> {
  const schema = buildGraphSchema();
  const operations = new Operations(schema, options);
  const apollo = await ApolloAdapter.start(operations, services);
  const connections = new OpenConnections(services.authenticator, {
    perToken: options.maxConnections,
    onError: (error) => services.onError(error),
  });
  const sockets = createWebSocketServer(operations, services, connections, {
    publicUrl: services.publicUrl,
    allowedOrigins: options.allowedOrigins,
    maxOperations: options.maxSocketOperations,
  });
  return {
    schema,
    handler: graphHandler(apollo, services),
    streamHandler: streamRoutes(operations, services, connections),
    handleUpgrade: (request, socket, head) => sockets.handleUpgrade(request, socket, head),
    unsentBytes: () => connections.unsentBytes(),
    async close() {
      await Promise.all([connections.drain(), apollo.stop()]);
      sockets.close();
    },
  };
}
