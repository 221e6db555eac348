import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type express from 'express';
import type { GraphQLSchema } from 'graphql';
import { startApollo } from './apollo.js';
import type { GraphServices } from './context.js';
import { graphRoutes } from './graph-routes.js';
import { Operations, type OperationOptions } from './operation/operations.js';
import { buildGraphSchema } from './schema.js';
import { openSockets } from './sockets.js';

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

/** Starts the GraphQL face. What it returns lives until `close`. */
export async function createGraphServer(services: GraphServices, options: OperationOptions): Promise<GraphServer> {
  const schema = buildGraphSchema();
  const operations = new Operations(schema, options);
  const apollo = await startApollo(operations, services);
  const sockets = openSockets(operations, services);
  return {
    schema,
    handler: graphRoutes(apollo, services),
    handleUpgrade: (request, socket, head) => sockets.handleUpgrade(request, socket, head),
    async close() {
      await Promise.all([sockets.close(), apollo.stop()]);
    },
  };
}
