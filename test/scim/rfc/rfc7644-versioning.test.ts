import { expect } from '@jest/globals';
import { PATCH_OP, ok, refusal, useProvider } from './provider.js';
import { requirement } from './requirement.js';

/* RFC 7644 §3.14: versions of resources. */

const provider = useProvider();

requirement('7644-3.14-01', 'MUST', 'The entity tag of a resource is in the ETag header', async () => {
  const { scim } = provider;
  const body = { userName: provider.newName() };
  const created = await scim.post('/Users', body);
  const path = `/Users/${created.body.id}`;
  const operation = { op: 'replace', path: 'title', value: 'Boss' };
  const answers = [created, await scim.get(path), await scim.put(path, body), await scim.patch(path, operation)];
  for (const { headers } of answers) expect(headers.etag).toMatch(/^W\/"[^"]+"$/);
  // Conditions are evaluated: an unchanged read has no body, and a stale write is rejected.
  const now = answers.at(-1)?.headers.etag ?? '';
  const fresh = await scim.send('GET', path, { headers: { 'if-none-match': now } });
  expect([fresh.status, fresh.body, fresh.headers.etag]).toEqual([304, undefined, now]);
  const old = created.headers.etag ?? '';
  ok(await scim.send('GET', path, { headers: { 'if-none-match': old } }));
  const patch = { schemas: [PATCH_OP], Operations: [{ ...operation, value: 'Aide' }] };
  for (const [method, sent] of [
    ['PUT', body],
    ['PATCH', patch],
    ['DELETE', undefined],
  ] as const) {
    const stale = await scim.send(method, path, { body: sent, headers: { 'if-match': old } });
    expect([method, refusal(stale)]).toEqual([method, [412]]);
  }
  const renewed = ok(await scim.send('PATCH', path, { body: patch, headers: { 'if-match': now } }));
  expect(renewed.title).toBe('Aide');
});

requirement('7644-3.14-02', 'SHOULD', 'The entity tag of a resource is in meta.version', async () => {
  for (const path of ['/Users', '/Groups']) {
    const name = path === '/Users' ? 'userName' : 'displayName';
    const { headers, body } = await provider.scim.post(path, { [name]: provider.newName() });
    expect(body.meta.version).toBe(headers.etag);
    const { Resources } = await provider.read(path, { filter: `id eq "${body.id}"` });
    expect(Resources[0].meta.version).toBe(headers.etag);
  }
});
