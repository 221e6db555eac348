import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '../support/database.js';
import { queryGraphQL } from '../support/graphql-client.js';
import { MixedWriters, type Step } from '../support/mixed-writer.js';
import { populate } from '../support/population.js';
import { freePort, until } from '../support/portico-process.js';
import { ScimClient } from '../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../support/server.js';
import { CopyFile, MirrorProcess } from './mirror-process.js';

const KINDS: ReadonlyArray<Step['kind']> = [
  ...(['createUser', 'createGroup', 'createUser', 'createGroup', 'add', 'retitle', 'deactivate', 'nest'] as const),
  ...(['createInactive', 'createGroup', 'add', 'nest', 'rename', 'manage', 'reactivate', 'remove', 'add'] as const),
  ...(['deleteUser', 'deleteGroup'] as const),
];

/** Cycles through all kinds of changes to a directory. */
function toStep(index: number): Step {
  return {
    kind: KINDS[index % KINDS.length]!,
    facade: index % 3 === 0 ? 'scim' : 'graphql',
    user: index * 31,
    group: index * 7,
    member: index * 13 + 1,
    abortAfter: undefined,
  };
}

let server: TestServer;
let directory: TestDirectory;
let folder: string;
/** The copy; set by `openCopy`. */
let copy: CopyFile;
let opened: CopyFile | undefined;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

beforeEach(async () => {
  directory = await server.createDirectory();
  folder = mkdtempSync(join(tmpdir(), 'portico-mirror-'));
});

afterEach(async () => {
  await MirrorProcess.killAll();
  opened?.close();
  opened = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function start(environment: Readonly<Record<string, string>> = {}): MirrorProcess {
  const MIRROR = join(folder, 'copy.sqlite');
  return new MirrorProcess({ PORTICO_URL: server.url, PORTICO_TOKEN: directory.graphqlToken, MIRROR, ...environment });
}

/** Opens the file that a mirror has created. */
function openCopy(): void {
  copy = opened = new CopyFile(join(folder, 'copy.sqlite'));
}

function scim(): ScimClient {
  return new ScimClient(directory.scimUrl, directory.scimToken);
}

async function createUser(userName: string): Promise<string> {
  const { status, body } = await scim().post('/Users', { userName });
  expect(status).toBe(201);
  return body.id;
}

async function head(): Promise<number> {
  const { rows } = await server.database.pool.query<{ last: string }>(
    'select coalesce(max(sequence), 0) as last from events where directory_id = $1',
    [directory.id],
  );
  return Number(rows[0]?.last);
}

async function sql(text: string): Promise<void> {
  await server.database.pool.query(text, [directory.id]);
}

/** Reads the content of the directory from its tables. */
async function readTables(): Promise<Record<string, unknown[]>> {
  const { pool } = server.database;
  const [users, groups, memberships] = await Promise.all([
    pool.query(
      `select id, user_name, external_id, display_name, active::int as active, department, manager_id from users
       where directory_id = $1 order by id`,
      [directory.id],
    ),
    pool.query('select id, external_id, display_name from groups where directory_id = $1 order by id', [directory.id]),
    pool.query('select group_id, member_id from memberships where directory_id = $1 order by 1, 2', [directory.id]),
  ]);
  return { users: users.rows, groups: groups.rows, memberships: memberships.rows };
}

function copied(): Record<string, unknown[]> {
  return {
    users: copy.rows('select * from users order by id'),
    groups: copy.rows('select * from groups order by id'),
    memberships: copy.rows('select * from memberships order by group_id, member_id'),
  };
}

/** Waits until the copy has applied the newest event, and compares it to the directory. */
async function expectInSync(): Promise<void> {
  const newest = await head();
  await until(`the copy has come to event ${newest}`, () => copy.last === newest);
  const expected = await readTables();
  const rows = (all: unknown[]): unknown[] => all.map((row) => ({ ...(row as object) }));
  expect(Object.fromEntries(Object.entries(copied()).map(([table, all]) => [table, rows(all)]))).toEqual(expected);
}

describe('The directory mirror', () => {
  test('catches up with a directory that keeps changing, however often it is killed', async () => {
    // Pages of users, of groups, and of members of a group.
    await populate(server.database.pool, [directory.id], { users: 1_500, groups: 120, groupsPerUser: 2 });
    // The writers use the original names.
    await sql(`update groups set display_name = 'Old ' || display_name, display_name_key = 'old ' || display_name_key
      where directory_id = $1`);
    const writers = new MixedWriters(() => ({ ...directory, url: server.url }));
    const done = new AbortController();
    const writing = (async () => {
      for (let index = 0; !done.signal.aborted; index++) await writers.run([toStep(index)]);
    })();

    const first = start();
    await first.says('users loaded');
    await first.kill();
    expect(first.stdout).not.toContain('groups loaded');
    openCopy();
    // The load is atomic.
    expect([copied(), copy.rows('select * from position')]).toEqual([{ users: [], groups: [], memberships: [] }, []]);

    for (let round = 0; round < 4; round++) {
      const mirror = start();
      await mirror.says('In sync');
      const since = copy.last ?? 0;
      await until('it has followed for a while', () => (copy.last ?? 0) >= since + 30);
      await mirror.kill();
      expect([round, mirror.loads, mirror.stderr]).toEqual([round, round === 0 ? 1 : 0, '']);
    }

    done.abort();
    await writing;
    expect(writers.unexpected).toEqual([]);
    const last = start();
    await expectInSync();
    expect([last.loads, last.stdout.includes('came after')]).toEqual([0, false]);
    expect(copied()['memberships']!.length).toBeGreaterThan(2_000);
    expect(new Set(writers.acknowledged.map(({ kind }) => kind))).toEqual(new Set(KINDS));
  });

  test('skips events that it has already applied', async () => {
    const userId = await createUser('first');
    const mirror = start();
    await mirror.says('In sync');
    openCopy();
    const [before] = copy.rows('select cursor from position');
    const second = await createUser('second');
    await expectInSync();
    await mirror.kill();
    // The event of the second user is delivered again. If it were applied, the deleted row would reappear.
    copy.tamper(
      `update position set cursor = '${String(before!['cursor'])}'; delete from users where id = '${second}'`,
    );

    const again = start();
    await again.says('In sync');
    const third = await createUser('third');
    await until('the third has come', () => copy.rows('select id from users').length === 2);
    expect(copy.rows('select id from users order by id').map(({ id }) => id)).toEqual([userId, third]);
    expect([again.loads, copy.last]).toEqual([0, 3]);
  });

  test('reloads everything when an event is missing', async () => {
    await createUser('first');
    const mirror = start();
    await mirror.says('In sync');
    await createUser('second');
    openCopy();
    await until('the second has come', () => copy.last === 2);
    await mirror.kill();
    copy.tamper('update position set last = last - 1');
    await createUser('third');

    const again = start();
    await again.says('Event 3 came after event 1');
    await again.says('In sync');
    await createUser('fourth');
    await expectInSync();
    expect(again.loads).toBe(1);
  });

  test.each([
    ['the events after its cursor are pruned', 'delete from events where directory_id = $1 and sequence < 3'],
    [
      'the log holds another history',
      'update events set id = gen_random_uuid() where directory_id = $1 and sequence = 2',
    ],
  ])('reloads everything when %s', async (_when, change) => {
    await createUser('first');
    const mirror = start();
    await mirror.says('In sync');
    await createUser('second');
    openCopy();
    await until('the second has come', () => copy.last === 2);
    await mirror.kill();
    copy.tamper(`insert into users (id, user_name, active) values ('of-another-history', 'nobody', 1)`);
    await createUser('third');
    await sql(change);

    const again = start();
    await again.says('In sync');
    await createUser('fourth');
    await expectInSync();
    expect(again.loads).toBe(1);
  });

  test('reconnects after a restart of the server and resumes at its cursor', async () => {
    const database = await createTestDatabase();
    const environment = { PORT: String(await freePort()) };
    let own = await startTestServer({ databaseUrl: database.url, environment });
    try {
      directory = await own.createDirectory();
      const mirror = start({ PORTICO_URL: own.url });
      await mirror.says('In sync');
      await createUser('before the pause');
      await mirror.says('Up to event 1');
      await own.stop();
      await mirror.says('The connection closed with 1001');
      own = await startTestServer({ databaseUrl: database.url, environment });
      await createUser('after the pause');
      openCopy();
      await until('the user has come', () => copy.rows('select id from users').length === 2);
      expect([mirror.loads, mirror.stderr]).toEqual([1, '']);
    } finally {
      await MirrorProcess.killAll();
      await own.stop();
      await database.drop();
    }
  });

  test('stops with one line when its token is revoked', async () => {
    const { id, secret } = await server.createToken({ directory, kind: 'graphql' });
    const mirror = start({ PORTICO_TOKEN: secret });
    await mirror.says('In sync');
    const admin = { url: server.url, token: server.adminToken };
    await queryGraphQL(admin, 'mutation ($id: ID!) { revokeToken(input: { id: $id }) { errors { code } } }', { id });
    expect([await mirror.ended, mirror.stderr]).toEqual([1, 'The token is invalid, has expired or was revoked\n']);
  });

  test.each([
    ['an unknown token', { PORTICO_TOKEN: 'nonsense' }, /send "Authorization: Bearer .*\n$/],
    [
      'a directory to which the token has no access',
      { PORTICO_DIRECTORY: 'other' },
      /^The token has no access to .*other\n$/,
    ],
    ['no token', { PORTICO_TOKEN: '' }, /^Set PORTICO_TOKEN .*\n$/],
  ])('stops with one line, with %s', async (_what, environment, line) => {
    const mirror = start(environment);
    expect(await mirror.ended).toBe(1);
    expect(mirror.stderr).toMatch(line);
  });

  test('stops with one line when its token may not read events', async () => {
    const { secret } = await server.createToken({ directory, kind: 'graphql', scopes: ['directory:read'] });
    const mirror = start({ PORTICO_TOKEN: secret });
    expect([await mirror.ended, mirror.stderr]).toEqual([1, 'The token does not have the scope events:read\n']);
  });

  test('does not continue the copy of one directory with another', async () => {
    const mirror = start();
    await mirror.says('In sync');
    await mirror.kill();
    const other = await server.createDirectory();
    const astray = start({ PORTICO_TOKEN: other.graphqlToken });
    expect([await astray.ended, astray.stderr]).toEqual([1, 'The cursor belongs to another directory\n']);
  });
});
