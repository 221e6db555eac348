import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSocketServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createServer as createTlsServer } from 'node:tls';
import { TransportError, type Exchange } from '../../../packages/scim-rehearsal/src/client/exchange.js';
import { isPlainHttp } from '../../../packages/scim-rehearsal/src/simulator/phases/test-connection.js';
import { ScimClient, TenantUrlError } from '../../../packages/scim-rehearsal/src/client/scim-client.js';
import { rehearseSmall } from '../../support/rehearsal.js';

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

const TOKEN = 'a-secret-of-somebody';
const step = 'test';

function connect(tenantUrl: string, more: object = {}): { client: ScimClient; seen: Exchange[] } {
  const seen: Exchange[] = [];
  return { client: new ScimClient({ tenantUrl, token: TOKEN, observe: (one) => seen.push(one), ...more }), seen };
}

describe('an endpoint that cannot be provisioned gets one diagnosis', () => {
  const page = '<!doctype html><title>Welcome</title>';
  const CASES: ReadonlyArray<readonly [string, string, RequestListener]> = [
    ['a web page', 'answers-html', (_request, response) => response.setHeader('content-type', 'text/html').end(page)],
    ['404', 'wrong-url', (_request, response) => response.writeHead(404).end(page)],
    ['404 as JSON', 'wrong-url', (_request, response) => response.writeHead(404).end('{}')],
    ['a redirection', 'wrong-url', (_request, response) => response.writeHead(302, { location: '/login' }).end()],
    ['500', 'server-error', (_request, response) => response.writeHead(500).end('{}')],
    ['502 as a page', 'server-error', (_request, response) => response.writeHead(502).end(page)],
    ['401', 'token-refused', (_request, response) => response.writeHead(401).end()],
    ['403', 'token-refused', (_request, response) => response.writeHead(403).end('{}')],
    ['400', 'user-search-refused', (_request, response) => response.writeHead(400).end('{}')],
    ['half a JSON text', 'answer-not-json', (_request, response) => response.end('{"Resources": [')],
    ['nothing', 'not-a-list', (_request, response) => response.end()],
    ['another JSON', 'not-a-list', (_request, response) => response.end('{"hello":"world"}')],
    ['no answer', 'timed-out', () => undefined],
    ['half an answer', 'timed-out', (_request, response) => response.write('{"Resources"')],
    ['a closed connection', 'connection-closed', (request) => request.socket.destroy()],
  ];

  test.each(CASES)('%s: %s', async (_what, id, listener) => {
    const result = await rehearseSmall({ tenantUrl: await serve(listener), token: TOKEN, timeout: 300 });
    expect(result.findings.map((finding) => [finding.id, finding.count])).toEqual([[id, 1]]);
    expect(result).toMatchObject({ ending: 'stopped', left: [], verdict: { isHealthy: false } });
    expect(result.verdict.summary).toMatch(/^Test Connection fails: /);
    expect(JSON.stringify(result)).not.toContain(TOKEN);
  });

  test.each([
    ['http://nobody.invalid/scim', 'name-not-found'],
    ['http://127.0.0.1:1/scim', 'connection-refused'],
  ])('%s: %s', async (tenantUrl, id) => {
    const result = await rehearseSmall({ tenantUrl, token: TOKEN });
    expect(result.findings.map((finding) => finding.id)).toEqual([id]);
  });

  test('https where plain http is spoken: tls-failed', async () => {
    const plain = await serve((_request, response) => response.end());
    const result = await rehearseSmall({ tenantUrl: plain.replace('http:', 'https:'), token: TOKEN });
    expect(result.findings.map((finding) => finding.id)).toEqual(['tls-failed']);
  });

  test('TLS 1.3 alone, which Entra does not speak: tls-failed', async () => {
    // It needs no certificate: the versions are compared first.
    const server = createTlsServer({ minVersion: 'TLSv1.3' }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const result = await rehearseSmall({ tenantUrl: `https://127.0.0.1:${port}/scim`, token: TOKEN });
    server.close();
    expect(result.findings.map((finding) => [finding.id, finding.seen])).toEqual([
      ['tls-failed', expect.stringMatching(/protocol version/)],
    ]);
  });

  test('something that speaks no HTTP: connection-closed', async () => {
    const server = createSocketServer((socket) => socket.end('220 mail.example ready\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const result = await rehearseSmall({ tenantUrl: `http://127.0.0.1:${port}/scim`, token: TOKEN });
    server.close();
    expect(result.findings.map((finding) => finding.id)).toEqual(['connection-closed']);
  });

  test('a throttled endpoint is waited for, and told when it throttles below 25 requests a second', async () => {
    let requests = 0;
    const tenantUrl = await serve((_request, response) => {
      if (++requests === 1) response.writeHead(429, { 'retry-after': '1' }).end();
      else response.writeHead(404).end();
    });
    const result = await rehearseSmall({ tenantUrl, token: TOKEN });
    expect(result.findings.map((finding) => finding.id)).toEqual(['throttled', 'wrong-url']);
  });
});

describe('a tenant URL', () => {
  test.each(['nothing', 'ftp://host/scim', 'https://user:password@host/scim'])('is not %s', (tenantUrl) => {
    expect(() => new ScimClient({ tenantUrl, token: TOKEN })).toThrow(TenantUrlError);
  });

  test.each([
    ['http://app.example.com/scim', true],
    ['http://10.0.0.7:8080/scim', true],
    ['http://localhost.example.com/scim', true],
    ['https://app.example.com/scim', false],
    ['http://localhost:4000/scim', false],
    ['http://app.localhost/scim', false],
    ['http://127.0.0.1:4000/scim', false],
    ['http://[::1]:4000/scim', false],
  ])('of plain http is one that Entra does not call, but for this machine: %s', (tenantUrl, isPlain) => {
    expect(isPlainHttp(tenantUrl)).toBe(isPlain);
  });

  test('may end in a slash and carry flags, which go along on every request', async () => {
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
  test('carries what Entra’s do, and its token stands in no exchange, not even when the answer repeats it', async () => {
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

  test('is sent once more when a connection that was kept open had been closed meanwhile', async () => {
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

  test('without an answer throws what kind of failure it was', async () => {
    const { client, seen } = connect(await serve(() => undefined), { timeout: 100 });
    const failure = await client.request('GET', '/Users', { step }).catch((error: unknown) => error);
    client.close();
    expect(failure).toBeInstanceOf(TransportError);
    expect(failure).toMatchObject({ kind: 'timed-out', exchange: { failure: { kind: 'timed-out' } } });
    expect(seen).toHaveLength(1);
  });

  test('waits while as many are under way as may be', async () => {
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
