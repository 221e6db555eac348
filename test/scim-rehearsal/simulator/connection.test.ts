import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSocketServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createServer as createTlsServer } from 'node:tls';
import { isPlainHttp } from '../../../packages/scim-rehearsal/src/simulator/phases/test-connection.js';
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

const TOKEN = 'a-secret-token';

describe('an endpoint that cannot be provisioned is reported once', () => {
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
    ['truncated JSON', 'answer-not-json', (_request, response) => response.end('{"Resources": [')],
    ['an empty body', 'not-a-list', (_request, response) => response.end()],
    ['other JSON', 'not-a-list', (_request, response) => response.end('{"hello":"world"}')],
    ['no response', 'timed-out', () => undefined],
    ['an incomplete response', 'timed-out', (_request, response) => response.write('{"Resources"')],
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

  test('https to an http server: tls-failed', async () => {
    const plain = await serve((_request, response) => response.end());
    const result = await rehearseSmall({ tenantUrl: plain.replace('http:', 'https:'), token: TOKEN });
    expect(result.findings.map((finding) => finding.id)).toEqual(['tls-failed']);
  });

  test('TLS 1.3 only, which Entra does not support: tls-failed', async () => {
    // No certificate is needed: the versions are compared first.
    const server = createTlsServer({ minVersion: 'TLSv1.3' }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const result = await rehearseSmall({ tenantUrl: `https://127.0.0.1:${port}/scim`, token: TOKEN });
    server.close();
    expect(result.findings.map((finding) => [finding.id, finding.seen])).toEqual([
      ['tls-failed', expect.stringMatching(/protocol version/)],
    ]);
  });

  test('a server without HTTP: connection-closed', async () => {
    const server = createSocketServer((socket) => socket.end('220 mail.example ready\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const result = await rehearseSmall({ tenantUrl: `http://127.0.0.1:${port}/scim`, token: TOKEN });
    server.close();
    expect(result.findings.map((finding) => finding.id)).toEqual(['connection-closed']);
  });

  test('a throttled request is repeated, and throttling below 25 requests per second is reported', async () => {
    let requests = 0;
    const tenantUrl = await serve((_request, response) => {
      if (++requests === 1) response.writeHead(429, { 'retry-after': '1' }).end();
      else response.writeHead(404).end();
    });
    const result = await rehearseSmall({ tenantUrl, token: TOKEN });
    expect(result.findings.map((finding) => finding.id)).toEqual(['throttled', 'wrong-url']);
  });
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
])(
  'a Tenant URL with http is one that Entra does not accept, except for loopback addresses: %s',
  (tenantUrl, isPlain) => {
    expect(isPlainHttp(tenantUrl)).toBe(isPlain);
  },
);
