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
import { streamRoutes } from './transport/sse/sse-routes.js';
import { Operations, type OperationOptions } from './operation/operations.js';
import { buildGraphSchema } from './schema.js';

/** The GraphQL API: HTTP and WebSockets on `/graphql`, server-sent events on `/graphql/stream`. */
export interface GraphServer {
  readonly schema: GraphQLSchema;
  /** Handles GraphQL over HTTP, including bodies and errors. It does not look at the path. */
  readonly handler: GraphHandler;
  /** Handles operations whose results are sent as server-sent events. */
  readonly streamHandler: express.RequestHandler;
  /** Handles an HTTP upgrade to the `graphql-transport-ws` protocol. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** The number of bytes buffered for slow clients. */
  unsentBytes(): number;
  /** Closes every socket (code 1001, "going away") and stream within five seconds, and refuses new ones. */
  close(): Promise<void>;
}

export interface GraphOptions extends OperationOptions {
  /** Origins whose pages may open WebSockets, in addition to the service's own; `*` for all. */
  readonly allowedOrigins: readonly string[];
  /** The maximum number of open connections per token in this process. */
  readonly maxConnections: number;
  /** The maximum number of concurrent operations per socket. */
  readonly maxSocketOperations: number;
}

/** Starts the GraphQL API. The server runs until `close`. */
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
