import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The response to a request; undefined for a request that is never answered. */
export type Reply = { readonly status: number; readonly body?: unknown } | undefined;

/** An endpoint of a test's own, with all that it was asked. */
export interface JsonEndpoint {
  readonly tenantUrl: string;
  /** Method and path with its query, in the order in which they came. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** Starts a server that answers as the function says. */
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
