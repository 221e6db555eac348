import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { ScimClient, type ScimAnswer, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const GROUP_URN = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const NOBODY = '00000000-0000-4000-8000-000000000000';

let server: TestServer;
let scim: ScimClient;
let user: Wire;
let group: Wire;
let before: Wire;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await server.stop();
});

beforeEach(async () => {
  const directory = await server.createDirectory();
  scim = new ScimClient(directory.scimUrl, directory.scimToken);
  user = (
    await scim.post('/Users', {
      userName: 'kim@fabrikam.example',
      title: 'Engineer',
      emails: [{ type: 'work', value: 'kim@fabrikam.example' }],
    })
  ).body;
  group = (await scim.post('/Groups', { displayName: 'Field Sales', members: [{ value: user.id }] })).body;
  before = await everything();
});

async function everything(): Promise<Wire> {
  return [(await scim.get('/Users')).body, (await scim.get('/Groups')).body];
}

/** Expects a SCIM error without details of the implementation, and that nothing has changed. */
async function expectRefusal(answer: ScimAnswer, status: number, scimType?: string): Promise<void> {
  expect([answer.status, answer.body.scimType]).toEqual([status, scimType]);
  expect(answer.headers['content-type']).toBe('application/scim+json');
  expect(answer.body).toMatchObject({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(status),
    detail: expect.any(String),
  });
  expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\bat [A-Za-z]+ \(|select |insert |postgres/i);
  expect(await everything()).toEqual(before);
}

describe('a body', () => {
  test.each(['{', '{"userName":"a@fabrikam.example"', 'userName=a', '{"userName":"\\ud800"', "{'userName': 'a'}"])(
    'that is not JSON is rejected with invalidSyntax: %j',
    async (body) => {
      for (const [method, path] of [
        ['POST', '/Users'],
        ['PUT', `/Users/${user.id}`],
        ['PATCH', `/Users/${user.id}`],
        ['POST', '/Groups'],
        ['PATCH', `/Groups/${group.id}`],
      ] as const) {
        await expectRefusal(await scim.send(method, path, { body }), 400, 'invalidSyntax');
      }
    },
  );

  test('that is missing is rejected', async () => {
    for (const [method, path] of [
      ['POST', '/Users'],
      ['POST', '/Groups'],
      ['PUT', `/Users/${user.id}`],
      ['PUT', `/Groups/${group.id}`],
      ['PATCH', `/Users/${user.id}`],
      ['PATCH', `/Groups/${group.id}`],
    ] as const) {
      for (const request of [{}, { body: '' }]) {
        const answer = await scim.send(method, path, request);
        await expectRefusal(answer, 400, answer.body.scimType);
      }
    }
  });

  test.each(['null', '[]', '"text"', '7', 'true', '[{"userName":"a@fabrikam.example"}]'])(
    'that is not an object is rejected with invalidSyntax: %s',
    async (body) => {
      await expectRefusal(await scim.send('POST', '/Users', { body }), 400, 'invalidSyntax');
      await expectRefusal(await scim.send('PUT', `/Groups/${group.id}`, { body }), 400, 'invalidSyntax');
      await expectRefusal(await scim.send('PATCH', `/Users/${user.id}`, { body }), 400, 'invalidSyntax');
    },
  );

  test('over the limit is rejected with 413, and the next request succeeds', async () => {
    const body = { userName: 'large@fabrikam.example', title: 'x'.repeat(6_000_000) };
    await expectRefusal(await scim.post('/Users', body), 413);
    await expectRefusal(await scim.patch(`/Users/${user.id}`, { op: 'add', value: body }), 413);
  });

  test('that is over the limit after decompression is rejected with 413', async () => {
    const body = gzipSync(JSON.stringify({ userName: 'large@fabrikam.example', title: 'x'.repeat(20_000_000) }));
    const headers = { 'content-encoding': 'gzip' };
    await expectRefusal(await scim.send('POST', '/Users', { body, headers }), 413);
  });

  test('in another encoding than gzip and deflate is rejected with 415', async () => {
    const text = JSON.stringify({ displayName: 'Encoded' });
    const created = await scim.send('POST', '/Groups', {
      body: deflateSync(text),
      headers: { 'content-encoding': 'Deflate' },
    });
    expect(created.status).toBe(201);
    await scim.delete(`/Groups/${created.body.id}`);
    const refused: Array<[string, string | Buffer]> = [
      ['br', brotliCompressSync(text)],
      ['BR', brotliCompressSync(text)],
      ['zstd', text],
      ['constructor', text],
      ['__proto__', text],
      ['toString', text],
    ];
    for (const [encoding, body] of refused) {
      const answer = await scim.send('POST', '/Groups', { body, headers: { 'content-encoding': encoding } });
      await expectRefusal(answer, 415);
      expect(answer.body.detail).toContain('gzip');
    }
  });

  test('that cannot be decompressed is rejected with invalidSyntax', async () => {
    const headers = { 'content-encoding': 'gzip' };
    await expectRefusal(await scim.send('POST', '/Users', { body: 'no gzip', headers }), 400, 'invalidSyntax');
  });

  test('that is not UTF-8 is rejected with invalidSyntax, because its values could not be returned unchanged', async () => {
    const body = Buffer.from('{"userName":"\xe9mile@fabrikam.example"}', 'latin1');
    await expectRefusal(await scim.send('POST', '/Users', { body }), 400, 'invalidSyntax');
  });

  test('that is nested extremely deeply is rejected, and the server stays up', async () => {
    const depth = 100_000;
    const nested = '['.repeat(depth) + ']'.repeat(depth);
    for (const body of [nested, `{"userName":"deep@fabrikam.example","emails":${nested}}`]) {
      const answer = await scim.send('POST', '/Users', { body });
      expect(answer.status).toBe(400);
    }
    expect(await everything()).toEqual(before);
  });

  test.each([
    { userName: 7 },
    { userName: ['a@fabrikam.example'] },
    { userName: { value: 'a@fabrikam.example' } },
    { userName: null },
    { userName: '' },
    {},
    { active: 'perhaps' },
    { active: 1 },
    { active: null },
    { active: [true] },
    { name: 'Kim Moss' },
    { name: { givenName: 7 } },
    { name: ['Kim'] },
    { title: {}, displayName: ['Kim'] },
    { emails: 7 },
    { emails: [7] },
    { emails: [{ value: { value: 'kim' } }] },
    { emails: [{ value: 'a', primary: 'perhaps' }] },
    {
      emails: [
        { value: 'a', primary: true },
        { value: 'b', primary: true },
      ],
    },
    { [ENTERPRISE]: 'Sales' },
    { [ENTERPRISE]: { department: 7 } },
    { [ENTERPRISE]: { manager: { value: NOBODY } } },
    { [ENTERPRISE]: { manager: 'nobody' } },
    { [ENTERPRISE]: { manager: { value: 7 } } },
    { title: 'NUL \0 inside' },
    { userName: 'half a pair \ud800' },
  ])('of the wrong type is rejected with invalidValue: %j', async (attributes) => {
    const body =
      'userName' in attributes || Object.keys(attributes).length === 0
        ? attributes
        : { userName: 'new@fabrikam.example', ...attributes };
    await expectRefusal(await scim.post('/Users', body), 400, 'invalidValue');
    await expectRefusal(await scim.put(`/Users/${user.id}`, body), 400, 'invalidValue');
  });

  test.each([
    { displayName: 7 },
    { displayName: '' },
    {},
    { displayName: 'New', members: 7 },
    { displayName: 'New', members: [7] },
    { displayName: 'New', members: [{ value: 7 }] },
    { displayName: 'New', members: [{}] },
    { displayName: 'New', members: [{ value: NOBODY }] },
    { displayName: 'New', members: [{ value: 'nobody' }] },
  ])('of a group with the wrong type or an unknown member is rejected with invalidValue: %j', async (body) => {
    await expectRefusal(await scim.post('/Groups', body), 400, 'invalidValue');
    await expectRefusal(await scim.put(`/Groups/${group.id}`, body), 400, 'invalidValue');
  });
});

describe('a filter', () => {
  const DEEP = 10_000;

  test.each([
    'userName',
    'userName eq',
    'userName is "kim"',
    'userName eqq "kim"',
    'userName eq "kim',
    'userName eq "kim\\"',
    'userName eq "kim" and',
    'and userName eq "kim"',
    'userName eq "kim" or or active eq true',
    'userName eq "kim" active eq true',
    '(userName eq "kim"',
    'userName eq "kim")',
    'emails[type eq "work"',
    'emails[type eq "work"]]',
    'emails[emails[type eq "work"]]',
    'not userName eq "kim"',
    'active gt true',
    'active eq "perhaps"',
    'userName eq 7',
    'meta.lastModified gt "yesterday"',
    "userName eq 'kim'",
    'userName eq "kim"; drop table users',
    'userName eq "\\u0000"',
    ' ',
  ])('that is invalid is rejected with invalidFilter: %s', async (filter) => {
    await expectRefusal(await scim.get('/Users', { filter }), 400, 'invalidFilter');
  });

  test('that is nested 10,000 levels deep is rejected with invalidFilter', async () => {
    // Without the closing parentheses, to stay within Node's limit on the length of a request line.
    await expectRefusal(await scim.get('/Users', { filter: '('.repeat(DEEP) }), 400, 'invalidFilter');
    const filter = `${'('.repeat(DEEP / 2)}active eq true${')'.repeat(DEEP / 2)}`;
    await expectRefusal(await scim.get('/Users', { filter }), 400, 'invalidFilter');
    const inner = `${'('.repeat(DEEP)}type eq "work"${')'.repeat(DEEP)}`;
    const operation = { op: 'replace', path: `emails[${inner}].value`, value: 'kim' };
    const answer = await scim.patch(`/Users/${user.id}`, operation);
    expect(['invalidFilter', 'invalidPath']).toContain(answer.body.scimType);
    await expectRefusal(answer, 400, answer.body.scimType);
  });

  test('with 10,000 comparisons is rejected with invalidFilter', async () => {
    const path = `emails[${Array.from({ length: DEEP }, () => 'type eq "work"').join(' or ')}].value`;
    const answer = await scim.patch(`/Users/${user.id}`, { op: 'replace', path, value: 'kim' });
    expect(['invalidFilter', 'invalidPath']).toContain(answer.body.scimType);
    await expectRefusal(answer, 400, answer.body.scimType);
  });

  test('in a request line that exceeds all limits does not stop the server', async () => {
    const { status } = await scim.get('/Users', { filter: `userName eq "${'x'.repeat(60_000)}"` });
    expect([400, 414, 431]).toContain(status);
    expect(await everything()).toEqual(before);
  });

  test.each(['first', '1.5', '1e3', '--1'])(
    'with a startIndex or count of %s is rejected with invalidValue',
    async (text) => {
      await expectRefusal(await scim.get('/Users', { startIndex: text }), 400, 'invalidValue');
      await expectRefusal(await scim.get('/Groups', { count: text }), 400, 'invalidValue');
    },
  );
});

describe('an id', () => {
  test.each([NOBODY, 'nobody', '7', '%00', '%F0%9F%99%82', "'%20or%20'1'='1", '__proto__', 'constructor', '%'])(
    'that is unknown is 404: %s',
    async (id) => {
      for (const collection of ['/Users', '/Groups']) {
        const path = `${collection}/${id}`;
        const name = collection === '/Users' ? 'userName' : 'displayName';
        await expectRefusal(await scim.get(path), 404);
        await expectRefusal(await scim.put(path, { [name]: 'new' }), 404);
        await expectRefusal(await scim.patch(path, { op: 'replace', path: 'externalId', value: '7' }), 404);
        await expectRefusal(await scim.delete(path), 404);
      }
    },
  );

  test('of a user does not identify a group, and vice versa', async () => {
    await expectRefusal(await scim.get(`/Groups/${user.id}`), 404);
    await expectRefusal(await scim.delete(`/Users/${group.id}`), 404);
  });
});

describe('a PATCH of a user', () => {
  test.each([
    ['invalidPath', { op: 'replace', path: 'shoeSize', value: '42' }],
    ['invalidPath', { op: 'replace', path: 'name.shoeSize', value: '42' }],
    ['invalidPath', { op: 'replace', path: 'title.value', value: 'x' }],
    ['invalidPath', { op: 'replace', path: `${ENTERPRISE}:shoeSize`, value: '42' }],
    [
      'invalidPath',
      { op: 'replace', path: 'urn:ietf:params:scim:schemas:extension:fabrikam:2.0:User:badge', value: '7' },
    ],
    ['invalidPath', { op: 'replace', path: 'title[value eq "x"]', value: 'x' }],
    ['invalidPath', { op: 'replace', path: 'emails[type eq "work"', value: 'x' }],
    ['invalidPath', { op: 'replace', path: 'emails[type eq "work"].shoeSize', value: 'x' }],
    ['invalidPath', { op: 'replace', path: '..', value: 'x' }],
    ['invalidPath', { op: 'replace', path: ' ', value: 'x' }],
    ['invalidPath', { op: 'replace', path: 7, value: 'x' }],
    ['invalidPath', { op: 'replace', path: ['title'], value: 'x' }],
    ['invalidPath', { op: 'replace', value: { shoeSize: '42' } }],
    ['invalidPath', { op: 'replace', path: '__proto__', value: { active: false } }],
    ['invalidPath', { op: 'replace', path: 'constructor', value: 'x' }],
    ['invalidPath', { op: 'replace', path: 'name.__proto__', value: 'x' }],
    ['invalidPath', { op: 'replace', path: 'constructor.prototype', value: 'x' }],
    ['invalidPath', { op: 'replace', path: 'emails[type eq "work"].__proto__', value: 'x' }],
    ['invalidPath', { op: 'replace', value: { constructor: 'x' } }],
    ['invalidPath', { op: 'replace', value: { 'constructor.prototype.admin': 'x' } }],
    ['invalidFilter', { op: 'replace', path: 'emails[type is "work"].value', value: 'x' }],
    ['invalidFilter', { op: 'replace', path: 'emails[type eq "work].value', value: 'x' }],
    ['noTarget', { op: 'remove' }],
    ['noTarget', { op: 'remove', value: { title: 'x' } }],
    ['noTarget', { op: 'replace', path: 'emails[value eq "nobody@fabrikam.example"].display', value: 'x' }],
    ['mutability', { op: 'replace', path: 'id', value: '7' }],
    ['mutability', { op: 'replace', path: 'meta.created', value: '2026-01-01T00:00:00Z' }],
    ['mutability', { op: 'add', path: 'groups', value: [{ value: NOBODY }] }],
    ['mutability', { op: 'remove', path: 'groups' }],
    ['mutability', { op: 'replace', path: 'schemas', value: [] }],
    ['mutability', { op: 'replace', path: `${ENTERPRISE}:manager.displayName`, value: 'Kim' }],
    ['mutability', { op: 'remove', path: 'userName' }],
    ['invalidValue', { op: 'replace', path: 'title' }],
    ['invalidValue', { op: 'add' }],
    ['invalidValue', { op: 'replace', value: 'title' }],
    ['invalidValue', { op: 'replace', path: 'title', value: 7 }],
    ['invalidValue', { op: 'replace', path: 'title', value: { value: 'x' } }],
    ['invalidValue', { op: 'replace', path: 'active', value: 'perhaps' }],
    ['invalidValue', { op: 'replace', path: 'active', value: null }],
    ['invalidValue', { op: 'replace', path: 'userName', value: '' }],
    ['invalidValue', { op: 'replace', path: 'emails', value: 7 }],
    ['invalidValue', { op: 'replace', path: 'name', value: 'Kim Moss' }],
    ['invalidValue', { op: 'replace', path: `${ENTERPRISE}:manager`, value: NOBODY }],
    ['invalidValue', { op: 'replace', path: `${ENTERPRISE}:manager`, value: { value: 'nobody' } }],
    ['invalidSyntax', { op: 'move', path: 'title', value: 'x' }],
    ['invalidSyntax', { path: 'title', value: 'x' }],
    ['invalidSyntax', { op: 7, path: 'title', value: 'x' }],
    ['invalidSyntax', 'replace'],
    ['invalidSyntax', null],
  ])('is rejected with %s: %j', async (scimType, operation) => {
    const good = { op: 'replace', path: 'title', value: 'Chief' };
    await expectRefusal(await scim.patch(`/Users/${user.id}`, operation), 400, scimType);
    await expectRefusal(await scim.patch(`/Users/${user.id}`, good, operation), 400, scimType);
  });

  test.each([{}, { Operations: null }, { Operations: {} }, { Operations: 'replace' }])(
    'without a list of operations is rejected with invalidSyntax: %j',
    async (body) => {
      await expectRefusal(await scim.send('PATCH', `/Users/${user.id}`, { body }), 400, 'invalidSyntax');
    },
  );

  test('with too many operations is rejected with tooMany', async () => {
    const operations = Array.from({ length: 1_001 }, () => ({ op: 'replace', path: 'title', value: 'Chief' }));
    await expectRefusal(await scim.patch(`/Users/${user.id}`, ...operations), 400, 'tooMany');
  });
});

describe('a PATCH of a group', () => {
  test.each([
    ['invalidPath', { op: 'replace', path: 'shoeSize', value: '42' }],
    ['invalidPath', { op: 'add', path: 'members[display eq "Kim"]', value: [] }],
    ['noTarget', { op: 'remove' }],
    ['mutability', { op: 'replace', path: 'id', value: NOBODY }],
    ['mutability', { op: 'remove', path: 'displayName' }],
    ['invalidValue', { op: 'replace', path: 'displayName', value: '' }],
    ['invalidValue', { op: 'add', path: 'members', value: 7 }],
    ['invalidValue', { op: 'add', path: 'members', value: [{ value: NOBODY }] }],
    ['invalidValue', { op: 'add', path: 'members', value: [{ value: 'nobody' }] }],
    ['invalidValue', { op: 'add', path: 'members', value: [{ display: 'Kim' }] }],
    ['invalidValue', { op: 'replace', path: 'members', value: [{ value: NOBODY }] }],
    ['invalidFilter', { op: 'remove', path: 'members[value eq "' }],
  ])('is rejected with %s: %j', async (scimType, operation) => {
    const good = { op: 'replace', path: 'displayName', value: 'Sales' };
    await expectRefusal(await scim.patch(`/Groups/${group.id}`, operation), 400, scimType);
    await expectRefusal(await scim.patch(`/Groups/${group.id}`, good, operation), 400, scimType);
  });

  test('that makes a group a direct or indirect member of itself is rejected with invalidValue', async () => {
    const inner = (await scim.post('/Groups', { displayName: 'Inner' })).body;
    const add = (id: string) => ({ op: 'add', path: 'members', value: [{ value: id }] });
    expect((await scim.patch(`/Groups/${group.id}`, add(inner.id))).status).toBe(204);
    before = await everything();
    await expectRefusal(await scim.patch(`/Groups/${group.id}`, add(group.id)), 400, 'invalidValue');
    await expectRefusal(await scim.patch(`/Groups/${inner.id}`, add(group.id)), 400, 'invalidValue');
  });
});

describe('names of JavaScript', () => {
  const OWN = '{"__proto__":{"active":false,"polluted":true},"constructor":{"prototype":{"polluted":true}}';

  test('as keys of a resource are unknown attributes', async () => {
    const body = `${OWN},"userName":"proto@fabrikam.example","name":{"__proto__":{"familyName":"Moss"},"givenName":"Kim"}}`;
    const created = (await scim.send('POST', '/Users', { body })).body;
    expect(created).toMatchObject({ active: true, name: { givenName: 'Kim' } });
    const read = (await scim.get(`/Users/${created.id}`)).body;
    expect(Object.keys(read).toSorted()).toEqual(['active', 'id', 'meta', 'name', 'schemas', 'userName']);
    expect(Object.keys(read.name)).toEqual(['givenName']);
    expect(({} as Wire).polluted).toBeUndefined();
    const put = await scim.send('PUT', `/Users/${created.id}`, { body });
    expect([put.status, put.body]).toEqual([200, read]);
  });

  test('as keys of a PATCH without a path are rejected', async () => {
    for (const value of [`${OWN}}`, '{"__proto__":"x"}', '{"name.__proto__":"x"}']) {
      const body = `{"Operations":[{"op":"replace","value":${value}}]}`;
      await expectRefusal(await scim.send('PATCH', `/Users/${user.id}`, { body }), 400, 'invalidPath');
    }
    const answer = await scim.send('PATCH', `/Groups/${group.id}`, {
      body: `{"Operations":[{"op":"replace","value":{"${GROUP_URN}:__proto__":"x"}}]}`,
    });
    await expectRefusal(answer, 400, 'invalidPath');
  });

  test('as keys of the body or of an operation are ignored', async () => {
    const body = '{"__proto__":{"Operations":[{"op":"replace","path":"title","value":"Chief"}]}}';
    await expectRefusal(await scim.send('PATCH', `/Users/${user.id}`, { body }), 400, 'invalidSyntax');
    const inherited = '{"Operations":[{"__proto__":{"op":"replace","path":"title","value":"Chief"}}]}';
    await expectRefusal(await scim.send('PATCH', `/Users/${user.id}`, { body: inherited }), 400, 'invalidSyntax');
  });

  test.each(['__proto__', 'constructor', 'toString'])(
    'as a query parameter or endpoint are unknown: %s',
    async (name) => {
      await expectRefusal(await scim.get(`/${name}`), 404);
      // An undeclared attribute has no value (RFC 7644 §3.4.2.1), whatever objects inherit in JavaScript.
      expect((await scim.get('/Users', { filter: `${name} pr` })).body).toMatchObject({ totalResults: 0 });
      expect((await scim.get('/Users', { filter: `name.${name} eq "x"` })).body).toMatchObject({ totalResults: 0 });
      const { status, body } = await scim.get('/Users', { attributes: name, [name]: 'x' });
      expect([status, Object.keys(body.Resources[0]).toSorted()]).toEqual([200, ['id', 'schemas']]);
    },
  );
});
