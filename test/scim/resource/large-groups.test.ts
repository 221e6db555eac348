import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../../support/portico-process.js';
import { populate } from '../../support/population.js';
import { equals, ScimClient, type ScimAnswer, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../../support/server.js';
import { isOfRequest, recordStatements, type RecordedStatement } from '../../support/statements.js';

/** Enough members to fill the socket buffers, so that the server waits for a client that does not read. */
const USERS = 60_000;
/** The maximum number of members per statement. */
const FEW = 1_000;
/** Less than the number of members of all groups. */
const MEMBERS_LIMIT = USERS + 2_500;

const lines: string[] = [];
const recorder = recordStatements();
let server: TestServer;
let directory: TestDirectory;
let scim: ScimClient;
/** All users, in the order of their ids. */
let userIds: string[];
/** The group of all users. */
let everybody: string;
/** A group of two and a half batches, with a nested group. */
let large: Wire;
let small: Wire;

beforeAll(async () => {
  server = await startTestServer({
    clientClass: recorder.clientClass,
    log: (line) => lines.push(line),
    // One streamed response at a time, so that a slot that is not released blocks the next response.
    environment: { PORTICO_POOL_SIZE: '6', PORTICO_MAX_RESPONSE_MEMBERS: String(MEMBERS_LIMIT) },
  });
  directory = await server.createDirectory();
  scim = new ScimClient(directory.scimUrl, directory.scimToken);
  await populate(server.database.pool, [directory.id], { users: USERS, groups: 1, groupsPerUser: 1 });
  const { pool } = server.database;
  const { rows } = await pool.query<{ id: string }>('select id from users where directory_id = $1 order by id', [
    directory.id,
  ]);
  userIds = rows.map(({ id }) => id);
  everybody = (await scim.get('/Groups', { excludedAttributes: 'members' })).body.Resources[0].id;
  small = (await scim.post('/Groups', { displayName: 'Small', members: members(0, 3) })).body;
  await scim.post('/Groups', { displayName: 'Empty' });
  large = (await scim.post('/Groups', { displayName: 'Large', members: [...members(0, 2_500), { value: small.id }] }))
    .body;
});

afterAll(() => server.stop());

function members(from: number, to: number): Array<{ readonly value: string }> {
  return userIds.slice(from, to).map((value) => ({ value }));
}

function idsOf(group: Wire): string[] {
  return (group.members ?? []).map(({ value }: Wire) => value);
}

async function statementsOf(work: () => Promise<unknown>): Promise<RecordedStatement[]> {
  await scim.get('/ServiceProviderConfig');
  recorder.take();
  await work();
  return recorder.take().filter(({ text }) => isOfRequest(text));
}

function busyConnections(): number {
  const { totalCount, idleCount } = server.database.pool;
  return totalCount - idleCount;
}

describe('a group with thousands of members', () => {
  test('is returned completely, each member with its display name, type and URL', async () => {
    const { status, headers, body } = await scim.get(`/Groups/${large.id}`);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/scim+json',
      'transfer-encoding': 'chunked',
      etag: body.meta.version,
      location: body.meta.location,
      'content-location': body.meta.location,
    });
    expect(body).toMatchObject({ schemas: large.schemas, id: large.id, displayName: 'Large', meta: large.meta });
    expect(idsOf(body)).toEqual([...userIds.slice(0, 2_500), small.id]);
    const { displayName } = (await scim.get(`/Users/${userIds[0]}`)).body;
    expect(body.members[0]).toEqual({
      value: userIds[0],
      $ref: `${directory.scimUrl}/Users/${userIds[0]}`,
      type: 'User',
      display: displayName,
    });
    expect(body.members.at(-1)).toEqual({
      value: small.id,
      $ref: `${directory.scimUrl}/Groups/${small.id}`,
      type: 'Group',
      display: 'Small',
    });
  });

  test.each([0, 1, FEW - 1, FEW, FEW + 1, 2 * FEW])('with %d members returns each of them once', async (count) => {
    const { body } = await scim.post('/Groups', { displayName: `Of ${count}`, members: members(100, 100 + count) });
    const expected = userIds.slice(100, 100 + count);
    expect(idsOf(body)).toEqual(expected);
    expect(idsOf((await scim.get(`/Groups/${body.id}`)).body)).toEqual(expected);
    await scim.delete(`/Groups/${body.id}`);
  });

  test('is read in batches, in one read-only transaction', async () => {
    const statements = await statementsOf(() => scim.get(`/Groups/${large.id}`));
    expect(statements).toHaveLength(5);
    for (const { text, values } of statements.slice(2)) {
      expect(text).toContain('limit $4');
      expect(values.at(-1)).toBe(FEW);
    }
  });

  test('is not read for a client that has its current version', async () => {
    const { etag = '' } = (await scim.get(`/Groups/${large.id}`, { excludedAttributes: 'members' })).headers;
    const statements = await statementsOf(async () => {
      const unchanged = await scim.send('GET', `/Groups/${large.id}`, { headers: { 'if-none-match': etag } });
      expect([unchanged.status, unchanged.headers.etag, unchanged.body]).toEqual([304, etag, undefined]);
    });
    expect(statements.filter(({ text }) => text.includes('memberships'))).toEqual([]);
    const changed = await scim.send('GET', `/Groups/${large.id}`, { headers: { 'if-none-match': 'W/"0"' } });
    expect([changed.status, changed.body.members.length]).toEqual([200, 2_501]);
  });

  test('answers HEAD without reading its members', async () => {
    const statements = await statementsOf(async () => {
      const { status, headers, body } = await scim.send('HEAD', `/Groups/${large.id}`);
      expect([status, headers.etag, body]).toEqual([200, large.meta.version, undefined]);
    });
    expect(statements.filter(({ text }) => text.includes('limit $4'))).toEqual([]);
    await until('the connection is free again', () => busyConnections() === 0);
  });

  test.each([
    [{ attributes: 'members.value' }, ['schemas', 'id', 'members'], ['value']],
    [
      { attributes: 'displayName,members.type,members.display' },
      ['schemas', 'id', 'displayName', 'members'],
      ['type', 'display'],
    ],
    [
      { excludedAttributes: 'members.$ref,meta' },
      ['schemas', 'id', 'displayName', 'members'],
      ['value', 'type', 'display'],
    ],
    [
      { excludedAttributes: 'members.$ref,members.value,members.type,members.display,meta' },
      ['schemas', 'id', 'displayName'],
      [],
    ],
    [
      { attributes: 'members', excludedAttributes: 'members.value' },
      ['schemas', 'id', 'members'],
      ['$ref', 'type', 'display'],
    ],
  ])('returns only the sub-attributes of members that %j selects', async (query, keys, ofMember) => {
    const { status, body } = await scim.get(`/Groups/${large.id}`, query);
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual([...keys].sort());
    const of = (body.members ?? []).flatMap(Object.keys);
    expect(new Set(of)).toEqual(new Set(ofMember));
    if (ofMember.length > 0) expect(body.members).toHaveLength(2_501);
  });

  test('is returned completely in the responses to its changes', async () => {
    const ids = userIds.slice(0, 1_500);
    const created = await scim.post('/Groups', { displayName: 'Changing', members: members(0, 1_500) });
    expect([created.status, idsOf(created.body)]).toEqual([201, ids]);
    const path = `/Groups/${created.body.id}`;
    const put = await scim.put(path, { displayName: 'Changed' });
    expect([put.status, put.headers.etag, put.body.displayName]).toEqual([200, 'W/"2"', 'Changed']);
    expect(idsOf(put.body)).toEqual(ids);
    const patched = await scim.send('PATCH', path, {
      query: { attributes: 'members.value' },
      body: { Operations: [{ op: 'remove', path: 'members', value: members(0, 100) }] },
    });
    expect([patched.status, patched.headers.etag]).toEqual([200, 'W/"3"']);
    expect(idsOf(patched.body)).toEqual(ids.slice(100));
    await scim.delete(path);
  });

  test('is consistent with its version while it is changed concurrently', async () => {
    const { body } = await scim.post('/Groups', { displayName: 'Restless', members: members(0, 3_000) });
    const path = `/Groups/${body.id}`;
    // Odd versions have all members; even ones lack the first and the last hundred.
    const value = [...members(0, 100), ...members(2_900, 3_000)];
    const stop = new AbortController();
    const writer = (async (): Promise<void> => {
      for (let version = 1; !stop.signal.aborted; version++) {
        const op = version % 2 === 1 ? 'remove' : 'add';
        expect((await scim.patch(path, { op, path: 'members', value })).status).toBe(204);
      }
    })();
    const seen = new Set<number>();
    const check = (group: Wire, etag?: string): void => {
      const version = Number(/\d+/.exec(group.meta.version)?.[0]);
      if (etag !== undefined) expect(etag).toBe(group.meta.version);
      expect({ version, members: group.members.length }).toEqual({
        version,
        members: version % 2 === 1 ? 3_000 : 2_800,
      });
      seen.add(version % 2);
    };
    try {
      for (let turn = 0; turn < 15; turn++) {
        const one = await scim.get(path);
        check(one.body, one.headers.etag);
        const list = await scim.get('/Groups', { filter: equals('displayName', 'Restless') });
        check(list.body.Resources[0]);
        const put = await scim.put(path, { displayName: 'Restless' });
        check(put.body, put.headers.etag);
      }
    } finally {
      stop.abort();
      await writer;
    }
    expect(seen).toEqual(new Set([0, 1]));
    await scim.delete(path);
  });
});

describe('a list', () => {
  const filter = 'displayName sw "Large" or displayName sw "Small" or displayName sw "Empty"';
  const lists: ReadonlyArray<[name: string, ask: (more: Record<string, string>) => Promise<ScimAnswer>]> = [
    ['of groups', (more) => scim.get('/Groups', { filter, ...more })],
    ['of groups by cursor', (more) => scim.get('/Groups', { filter, cursor: '', ...more })],
    ['from a search', (more) => scim.post('/Groups/.search', { filter, ...more })],
    ['of everything', (more) => scim.get('/', { filter: `${filter} or userName eq "user-7"`, ...more })],
    [
      'of everything by cursor',
      (more) => scim.get('/', { filter: `${filter} or userName eq "user-7"`, cursor: '', ...more }),
    ],
    [
      'of everything from a search',
      (more) => scim.post('/.search', { filter: `${filter} or userName eq "user-7"`, ...more }),
    ],
  ];

  test.each(lists)('%s contains the same representations as single reads', async (_name, ask) => {
    const { status, headers, body } = await ask({});
    expect([status, headers['transfer-encoding']]).toEqual([200, 'chunked']);
    const { Resources, ...envelope } = body;
    expect(envelope).toMatchObject({ totalResults: Resources.length, itemsPerPage: Resources.length });
    const groups = Resources.filter(({ meta }: Wire) => meta.resourceType === 'Group');
    expect(groups.map(({ displayName }: Wire) => displayName).sort()).toEqual(['Empty', 'Large', 'Small']);
    for (const resource of Resources) {
      const path = resource.meta.resourceType === 'User' ? 'Users' : 'Groups';
      expect(resource).toEqual((await scim.get(`/${path}/${resource.id}`)).body);
    }
  });

  test.each(lists)('%s reads no memberships if members are excluded', async (_name, ask) => {
    const statements = await statementsOf(async () => {
      const { body } = await ask({ excludedAttributes: 'members' });
      expect(body.Resources.every(({ members }: Wire) => members === undefined)).toBe(true);
    });
    for (const { text } of statements) expect(text).not.toContain('json_agg');
  });

  test.each(lists)('%s with more members than the limit of a list is rejected with tooMany', async (_name, ask) => {
    const both = 'displayName eq "Large" or displayName eq "Group 1"';
    const { status, body } = await ask({ filter: both });
    expect([status, body.scimType]).toEqual([400, 'tooMany']);
    expect(body.detail).toContain(`${USERS + 2_501} members`);
    expect(body.detail).toContain('excludedAttributes=members');
    expect((await ask({ filter: both, excludedAttributes: 'members' })).body.Resources).toHaveLength(2);
    // Each group on its own is within the limit.
    const [group] = (await ask({ filter: 'displayName eq "Group 1"', attributes: 'members.value' })).body.Resources;
    expect(idsOf(group)).toEqual(userIds);
  });

  test('of many groups takes one statement per thousand members', async () => {
    const made: Wire[] = [];
    for (let index = 0; index < 30; index++) {
      made.push(
        (await scim.post('/Groups', { displayName: `Team ${index}`, members: members(index, index + 100) })).body,
      );
    }
    const statements = await statementsOf(async () => {
      const { body } = await scim.get('/Groups', { filter: 'displayName sw "Team"' });
      expect(body.Resources).toEqual(made);
    });
    // The search, the snapshot of the groups, and three batches of ten groups.
    expect(statements).toHaveLength(5);
    for (const { id } of made) await scim.delete(`/Groups/${id}`);
  });
});

describe('a client that stops reading', () => {
  /** Requests the group of all users and reads only the head of the response. */
  async function open(): Promise<IncomingMessage> {
    const { pathname, origin } = new URL(directory.scimUrl);
    const headers = { authorization: `Bearer ${directory.scimToken}` };
    const outgoing = request(`${origin}${pathname}/Groups/${everybody}`, { headers, agent: false }).end();
    outgoing.on('error', () => undefined);
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    incoming.pause();
    incoming.on('error', () => undefined);
    return incoming;
  }

  /** Reads the rest. Returns whether the response is complete. */
  async function isWhole(incoming: IncomingMessage): Promise<boolean> {
    incoming.resume();
    await until('the answer has ended', () => incoming.closed);
    return incoming.complete;
  }

  const isIdle = (): boolean => busyConnections() === 0;

  test('pauses the reading of members, and gets all of them when it resumes', async () => {
    recorder.take();
    const incoming = await open();
    const batches = await batchesUntilItStops();
    expect(batches).toBeGreaterThan(0);
    expect(batches).toBeLessThan(USERS / FEW);
    expect(busyConnections()).toBe(1);
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    expect(await isWhole(incoming)).toBe(true);
    expect(idsOf(JSON.parse(Buffer.concat(chunks).toString()))).toEqual(userIds);
    await until('the connection is free again', isIdle);
  });

  test('and disconnects frees its database connection', async () => {
    for (let turn = 0; turn < 3; turn++) {
      const incoming = await open();
      expect(busyConnections()).toBe(1);
      incoming.destroy();
      await until('the connection is free again', isIdle);
    }
    expect((await scim.get(`/Groups/${everybody}`)).body.members).toHaveLength(USERS);
  });

  test('delays only other large groups', async () => {
    const first = await open();
    const second = scim.get(`/Groups/${large.id}`);
    expect((await scim.get(`/Groups/${small.id}`)).body.members).toHaveLength(3);
    expect((await scim.get('/Users', { count: 1 })).status).toBe(200);
    expect(await Promise.race([second, Promise.resolve('waiting')])).toBe('waiting');
    first.destroy();
    expect((await second).body.members).toHaveLength(2_501);
    await until('the connection is free again', isIdle);
  });

  test.each([
    ['1.1', cutWithChunks],
    ['1.0', cutWithoutChunks],
  ])('over HTTP/%s gets a broken connection when the rest cannot be read', async (_version, cut) => {
    lines.length = 0;
    expect(await cut()).toBe(true);
    const logged = (): Wire[] => lines.map((line) => JSON.parse(line));
    await until('it is logged', () => logged().some(({ msg, status }) => msg === 'request' && status === 500));
    const [fault, ...others] = logged().filter(({ level }: Wire) => level >= 50);
    // The error of the driver depends on whether a statement is running.
    expect(fault.error.code ?? fault.error.message).toMatch(/57P01|connection error/);
    expect(others).toMatchObject([{ msg: 'request', route: '/scim/v2/{slug}/Groups/{id}' }]);
    await until('the connection is free again', isIdle);
    expect((await scim.get(`/Groups/${everybody}`)).body.members).toHaveLength(USERS);
  });

  /** Waits until no more batches of members are read. Returns their number. */
  async function batchesUntilItStops(): Promise<number> {
    let batches = 0;
    let quiet = 0;
    while (quiet < 5) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const read = recorder.take().filter(({ text }) => text.includes('limit $4')).length;
      batches += read;
      quiet = read === 0 ? quiet + 1 : 0;
    }
    return batches;
  }

  /** Terminates the database session of the response. */
  async function endReader(): Promise<void> {
    await until('the reader is paused', async () => {
      const { rowCount } = await server.database.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and state = 'idle in transaction'`,
      );
      return rowCount === 1;
    });
  }

  async function cutWithChunks(): Promise<boolean> {
    const incoming = await open();
    await endReader();
    return !(await isWhole(incoming));
  }

  /** Without chunks only a reset distinguishes a truncated response from a complete one. */
  async function cutWithoutChunks(): Promise<boolean> {
    const { hostname, port, pathname } = new URL(directory.scimUrl);
    const socket = connect(Number(port), hostname);
    const ended = new Promise<boolean>((resolve) => {
      socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNRESET'));
      socket.on('end', () => resolve(false));
    });
    socket.write(
      `GET ${pathname}/Groups/${everybody} HTTP/1.0\r\nAuthorization: Bearer ${directory.scimToken}\r\n\r\n`,
    );
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1\.1 200 /);
    socket.pause();
    await endReader();
    socket.resume();
    return ended;
  }
});
