import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Harness } from './harness.js';

/** The Accept headers of Chromium, Firefox and Safari for a page. */
const BROWSERS = [
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7',
  'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
];
const [BROWSER = ''] = BROWSERS;

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start();
});

afterAll(() => harness.stop());

function open(path = '/graphql', headers: Record<string, string> = { accept: BROWSER }): Promise<Response> {
  return fetch(harness.url + path, { headers });
}

/** Sends a request without the headers that fetch adds. */
function openRaw(path: string, headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(harness.url + path, { headers }, resolve).on('error', reject);
  });
}

/** Returns the URLs that a page loads. */
function loadedBy(page: string): string[] {
  return [...page.matchAll(/\s(?:src|href|srcset|data|action)="([^"]*)"/g)].map(([, url]) => url!);
}

describe('A request for /graphql', () => {
  test.each(BROWSERS)('from a browser gets the page: %s', async (accept) => {
    const response = await open('/graphql', { accept });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await response.text()).toContain('<title>GraphQL · Portico</title>');
  });

  test('is where a browser is redirected from the origin', async () => {
    const response = await open('/');
    expect(response.url).toBe(`${harness.url}/graphql`);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  test.each([
    '*/*',
    'application/json',
    'application/graphql-response+json',
    'application/graphql-response+json, application/json;q=0.9',
    'application/json, text/html;q=0.9',
    'application/json, text/plain, */*',
  ])('that accepts %s gets JSON', async (accept) => {
    const response = await open('/graphql', { accept });
    const type = accept.includes('graphql-response') ? 'application/graphql-response+json' : 'application/json';
    expect([response.status, response.headers.get('content-type')]).toEqual([401, `${type}; charset=utf-8`]);
  });

  test('without Accept gets JSON', async () => {
    const response = await openRaw('/graphql', {});
    expect([response.statusCode, response.headers['content-type']]).toEqual([401, 'application/json; charset=utf-8']);
    expect(JSON.parse(await text(response))).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  test('is answered with Vary: Accept', async () => {
    for (const accept of [BROWSER, 'application/json']) {
      expect((await open('/graphql', { accept })).headers.get('vary')).toContain('Accept');
    }
  });

  test('with a query is executed, also from a browser', async () => {
    const headers = {
      accept: BROWSER,
      authorization: `Bearer ${harness.directory.graphqlToken}`,
      'apollo-require-preflight': 'true',
    };
    const path = `/graphql?query=${encodeURIComponent('{ directory { slug } }')}`;
    expect(await (await open(path, headers)).json()).toMatchObject({
      data: { directory: { slug: harness.directory.slug } },
    });
    const posted = await fetch(`${harness.url}/graphql`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ directory { slug } }' }),
    });
    expect(posted.headers.get('content-type')).toContain('json');
  });

  test('never gets the page when it is switched off', async () => {
    const off = await Harness.start({ environment: { PORTICO_GRAPHIQL: 'off' } });
    try {
      const response = await fetch(`${off.url}/graphql`, { headers: { accept: BROWSER } });
      expect([response.status, response.headers.get('content-type')]).toEqual([401, 'application/json; charset=utf-8']);
      const [asset = ''] = loadedBy(await (await open()).text());
      expect((await fetch(off.url + asset)).status).toBe(404);
    } finally {
      await off.stop();
    }
  });
});

describe('The page', () => {
  test('has a policy that allows only resources of its own origin and nothing inline', async () => {
    const { headers } = await open();
    const policy = headers.get('content-security-policy') ?? '';
    const directives = new Map(policy.split('; ').map((text) => [text.split(' ')[0], text.split(' ').slice(1)]));
    expect(directives.get('default-src')).toEqual(["'none'"]);
    for (const [name = '', sources = []] of directives) {
      const allowed = name === 'img-src' ? ["'self'", 'data:'] : ["'self'", "'none'", "'script'"];
      expect({ name, beyond: sources.filter((source) => !allowed.includes(source)) }).toEqual({ name, beyond: [] });
    }
    for (const name of ['base-uri', 'form-action', 'frame-ancestors']) expect(directives.get(name)).toEqual(["'none'"]);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  test('refers only to its own assets, without inline scripts and styles', async () => {
    const page = await (await open()).text();
    expect(loadedBy(page).length).toBeGreaterThan(2);
    for (const url of loadedBy(page)) expect(url).toMatch(/^\/graphql\/assets\/[\w-]+\.(js|css|svg)$/);
    expect(page).not.toMatch(/https?:|<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
  });

  test('has assets with the right media type that are cached forever', async () => {
    const types: Record<string, string> = {
      js: 'text/javascript; charset=utf-8',
      css: 'text/css; charset=utf-8',
      svg: 'image/svg+xml',
    };
    const names = new Set(loadedBy(await (await open()).text()));
    const found = new Set<string>();
    for (const name of names) {
      const response = await open(name, { accept: '*/*' });
      const extension = /\w+$/.exec(name)![0];
      found.add(extension);
      expect([name, response.status, response.headers.get('content-type')]).toEqual([name, 200, types[extension]]);
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    }
    expect([...found].toSorted()).toEqual(['css', 'js', 'svg']);
  });

  test('has a style sheet without further URLs', async () => {
    const name = loadedBy(await (await open()).text()).find((url) => url.endsWith('.css'));
    expect(await (await open(name)).text()).not.toMatch(/@import|url\(|https?:/);
  });

  test('has assets that are compressed for clients that accept gzip', async () => {
    const name = loadedBy(await (await open()).text()).find((url) => url.endsWith('.js'))!;
    const fetchRaw = async (coding: string): Promise<[string | undefined, Buffer]> => {
      const response = await openRaw(name, { 'accept-encoding': coding });
      const chunks = (await response.toArray()) as Buffer[];
      expect(response.headers.vary).toContain('Accept-Encoding');
      return [response.headers['content-encoding'], Buffer.concat(chunks)];
    };
    const [gzip, packed] = await fetchRaw('gzip, deflate, br');
    const [identity, plain] = await fetchRaw('identity');
    expect([gzip, identity]).toEqual(['gzip', undefined]);
    expect(packed.length).toBeLessThan(plain.length / 2);
    expect(gunzipSync(packed).equals(plain)).toBe(true);
  });

  test('is revalidated on each visit, and sent only when it has changed', async () => {
    const { headers } = await open();
    expect(headers.get('cache-control')).toBe('no-cache');
    const again = await openRaw('/graphql', { accept: BROWSER, 'if-none-match': headers.get('etag') ?? '' });
    expect([again.statusCode, await text(again)]).toEqual([304, '']);
  });

  test.each(['nothing.js', '..%2Fpage.html', '..%2F..%2Fsrc%2Fmain.js', '%00'])('has no asset %s', async (name) => {
    expect((await open(`/graphql/assets/${name}`)).status).toBe(404);
  });
});
