import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { TransportError, type Exchange } from '../../../packages/scim-rehearsal/src/client/exchange.js';
import { ScimClient, TenantUrlError } from '../../../packages/scim-rehearsal/src/client/scim-client.js';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim`;
}

const TOKEN = 'a-secret-token';
const step = 'test';

function connect(tenantUrl: string, more: object = {}): { client: ScimClient; seen: Exchange[] } {
  const seen: Exchange[] = [];
  return { client: new ScimClient({ tenantUrl, token: TOKEN, onExchange: (one) => seen.push(one), ...more }), seen };
}

describe('a Tenant URL', () => {
  test.each(['nothing', 'ftp://host/scim', 'https://user:password@host/scim'])('cannot be %s', (tenantUrl) => {
    expect(() => new ScimClient({ tenantUrl, token: TOKEN })).toThrow(TenantUrlError);
  });

  test('may end in a slash and contain flags, which are sent with every request', async () => {
    const urls: string[] = [];
    const tenantUrl = await serve((request, response) => {
      urls.push(request.url ?? '');
      response.end('{}');
    });
    const { client } = connect(`${tenantUrl}/?aadOptscim062020`);
    await client.request('GET', '/Users', { step, query: { filter: 'userName eq "a&b"' } });
    await client.request('DELETE', '/Users/1', { step });
    client.close();
    expect(urls).toEqual([
      '/scim/Users?aadOptscim062020&filter=userName%20eq%20%22a%26b%22',
      '/scim/Users/1?aadOptscim062020',
    ]);
  });
});

describe('a request', () => {
  test('has the headers of Entra’s requests, and no exchange contains its token, even if the response repeats it', async () => {
    const tenantUrl = await serve((request, response) => {
      response.setHeader('x-echo', request.headers.authorization ?? '');
      response.end(JSON.stringify({ you: request.headers }));
    });
    const { client, seen } = connect(tenantUrl);
    const { body } = await client.request('POST', '/Users', { step, body: { userName: 'kim' } });
    client.close();
    expect(body).toMatchObject({
      you: {
        authorization: `Bearer ${TOKEN}`,
        accept: 'application/scim+json',
        'content-type': 'application/scim+json',
      },
    });
    expect(JSON.stringify(seen)).not.toContain(TOKEN);
    expect(seen[0]).toMatchObject({ step, by: 'entra', method: 'POST', request: { body: { userName: 'kim' } } });
    expect(seen[0]!.response!.headers['x-echo']).toBe('Bearer [token]');
  });

  test('is repeated once if a reused connection had been closed in the meantime', async () => {
    let requests = 0;
    const tenantUrl = await serve((request, response) => {
      if (++requests === 2) request.socket.destroy();
      else response.end('{}');
    });
    const { client } = connect(tenantUrl, { concurrency: 1 });
    for (let count = 0; count < 3; count++) {
      expect((await client.request('GET', '/Users', { step })).status).toBe(200);
    }
    client.close();
    expect(requests).toBe(4);
  });

  test('without a response throws an error with the kind of failure', async () => {
    const { client, seen } = connect(await serve(() => undefined), { timeout: 100 });
    const failure = await client.request('GET', '/Users', { step }).catch((error: unknown) => error);
    client.close();
    expect(failure).toBeInstanceOf(TransportError);
    expect(failure).toMatchObject({ kind: 'timed-out', exchange: { failure: { kind: 'timed-out' } } });
    expect(seen).toHaveLength(1);
  });

  test('waits while the maximum number of requests is in flight', async () => {
    let most = 0;
    let now = 0;
    const tenantUrl = await serve((_request, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now--;
        response.end('{}');
      }, 5);
    });
    const { client } = connect(tenantUrl, { concurrency: 3 });
    await Promise.all(Array.from({ length: 20 }, () => client.request('GET', '/Users', { step })));
    client.close();
    expect(most).toBe(3);
  });
});
