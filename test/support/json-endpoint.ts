import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The response to a request; undefined for a request that is never answered. */
export type Reply = { readonly status: number; readonly body?: unknown } | undefined;

/** An endpoint for a test, with the requests that it has received. */
export interface JsonEndpoint {
  readonly tenantUrl: string;
  /** The method and the path with its query of each request, in order. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** Starts a server that responds with the results of a function. */
export async function startJsonEndpoint(
  reply: (method: string, path: string, request: IncomingMessage) => Reply,
): Promise<JsonEndpoint> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    const path = url.replace(/^\/scim/, '');
    asked.push(`${method} ${path}`);
    request.resume();
    const answer = reply(method, path, request);
    if (!answer) return;
    const { status, body } = answer;
    if (body === undefined) response.writeHead(status).end();
    else response.writeHead(status, { 'content-type': 'application/scim+json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    tenantUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim`,
    asked,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
