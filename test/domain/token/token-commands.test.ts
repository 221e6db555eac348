import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deleteDirectory } from '../../../src/domain/directory/directory-commands.js';
import { newId } from '../../../src/domain/kernel/id.js';
import { Authenticator, isExpired } from '../../../src/domain/token/authenticator.js';
import { createToken, revokeToken, type NewToken } from '../../../src/domain/token/token-commands.js';
import { openTestDomain, type DomainDirectory, type TestDomain } from '../../support/domain.js';
import { until } from '../../support/portico-process.js';
import { recordStatements } from '../../support/statements.js';

const ADMIN_TOKEN = 'a-fixed-token-of-the-configuration-of-any-form';
const recorder = recordStatements();
const errors: unknown[] = [];
let domain: TestDomain;
let directory: DomainDirectory;

beforeAll(async () => {
  domain = await openTestDomain({ clientClass: recorder.clientClass });
  directory = await domain.createDirectory();
});

afterAll(() => domain.close());

function newAuthenticator(): Authenticator {
  return new Authenticator(domain, ADMIN_TOKEN, (error) => errors.push(error));
}

function create(input: Partial<NewToken> = {}): ReturnType<typeof createToken> {
  return createToken(domain.em, { directoryId: directory.id, kind: 'scim', name: 'test', expiresAt: null, ...input });
}

async function lastUsed(id: string): Promise<number | null> {
  const { rows } = await domain.pool.query<{ at: string | null }>(
    'select (extract(epoch from last_used_at) * 1000)::bigint as at from tokens where id = $1',
    [id],
  );
  const at = rows[0]?.at ?? null;
  return at === null ? null : Number(at);
}

/** Returns the columns of all tables that contain a text; bytea columns are searched as text too. */
async function columnsWith(part: string): Promise<string[]> {
  const { rows: columns } = await domain.pool.query<{ table: string; name: string; type: string }>(
    `select table_name as table, column_name as name, data_type as type
     from information_schema.columns where table_schema = 'public'`,
  );
  const found: string[] = [];
  for (const { table, name, type } of columns) {
    const text = type === 'bytea' ? `encode("${name}", 'escape')` : `"${name}"::text`;
    const { rowCount } = await domain.pool.query(`select 1 from "${table}" where position($1 in ${text}) > 0`, [part]);
    if (rowCount) found.push(`${table}.${name}`);
  }
  return found;
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('creating a token', () => {
  test('stores nothing from which the secret could be derived', async () => {
    const { token, secret } = await create({ kind: 'graphql' });
    expect(await columnsWith(secret.slice(secret.lastIndexOf('_') + 5))).toEqual([]);
    expect(await columnsWith(token.prefix)).toEqual(['tokens.prefix']);
    const { rows } = await domain.pool.query('select prefix, hash from tokens where id = $1', [token.id]);
    expect(secret.startsWith(rows[0].prefix)).toBe(true);
    expect(rows[0].hash).toHaveLength(32);
  });

  test.each<[string, Partial<NewToken>, string, string]>([
    ['a scim token without a directory', { directoryId: null }, 'REQUIRED', 'directory'],
    ['a graphql token without a directory', { kind: 'graphql', directoryId: null }, 'REQUIRED', 'directory'],
    ['an admin token of a directory', { kind: 'admin' }, 'INVALID_VALUE', 'directory'],
    ['scopes of a scim token', { scopes: ['directory:read'] }, 'INVALID_VALUE', 'scopes'],
    ['no scope at all', { kind: 'graphql', scopes: [] }, 'INVALID_VALUE', 'scopes'],
    ['a scope that is none', { kind: 'graphql', scopes: ['everything' as never] }, 'INVALID_VALUE', 'scopes'],
    ['an expiry that has passed', { expiresAt: new Date(Date.now() - 1) }, 'INVALID_VALUE', 'expiresAt'],
    ['an expiry that is no date', { expiresAt: new Date(Number.NaN) }, 'INVALID_VALUE', 'expiresAt'],
    ['a name with a NUL', { name: 'a\0b' }, 'INVALID_VALUE', 'name'],
    ['a name that is a book', { name: 'x'.repeat(201) }, 'INVALID_VALUE', 'name'],
  ])('rejects %s', async (_what, input, code, path) => {
    await expect(create(input)).rejects.toMatchObject({ name: 'DomainError', code, path });
  });

  test('writes no event', async () => {
    const other = await domain.createDirectory();
    const { token } = await create({ directoryId: other.id });
    await revokeToken(domain.em, token.id);
    expect(await other.events()).toEqual([]);
  });
});

describe('a bearer', () => {
  test('is authenticated by its token, with its distinct scopes or the default read scopes', async () => {
    const authenticator = newAuthenticator();
    const { token, secret } = await create({
      kind: 'graphql',
      scopes: ['events:read', 'events:read', 'directory:write'],
    });
    expect(await authenticator.authenticate(`Bearer ${secret}`)).toEqual({
      kind: 'graphql',
      tokenId: token.id,
      directoryId: directory.id,
      scopes: ['events:read', 'directory:write'],
      expiresAt: null,
      actorName: `token:${token.id}`,
    });
    const reader = await create({ kind: 'graphql' });
    const principal = await authenticator.authenticate(`bearer  ${reader.secret} `);
    expect(principal?.scopes).toEqual(['directory:read', 'events:read']);
    const admin = await create({ kind: 'admin', directoryId: null });
    const anywhere = { kind: 'admin', directoryId: null, scopes: [] };
    expect(await authenticator.authenticate(`Bearer ${admin.secret}`)).toMatchObject(anywhere);
    const fixed = { ...anywhere, tokenId: null, actorName: 'admin' };
    expect(await authenticator.authenticate(`Bearer ${ADMIN_TOKEN}`)).toMatchObject(fixed);
  });

  test('with an unknown token is rejected, for a mistyped secret without a statement', async () => {
    const authenticator = newAuthenticator();
    const { secret } = await create();
    recorder.take();
    const wrong = [
      undefined,
      '',
      secret,
      'Bearer',
      'Bearer ',
      `Basic ${secret}`,
      `Bearer ${secret}x`,
      `Bearer ${secret.slice(0, -1)}${secret.endsWith('a') ? 'b' : 'a'}`,
      `Bearer ${ADMIN_TOKEN} ${ADMIN_TOKEN}`,
      `Bearer ${ADMIN_TOKEN.slice(1)}`,
      'Bearer __proto__',
    ];
    for (const text of wrong) expect(await authenticator.authenticate(text)).toBeUndefined();
    expect(recorder.take()).toEqual([]);
    expect(await authenticator.authenticate(`Bearer ${secret}`)).toBeDefined();
  });

  test('is accepted until the exact moment its token expires', async () => {
    const authenticator = newAuthenticator();
    const { secret } = await create({ expiresAt: new Date(Date.now() + 400) });
    const principal = await authenticator.authenticate(`Bearer ${secret}`);
    expect(principal).toBeDefined();
    expect(isExpired(principal!)).toBe(false);
    await pause(420);
    // The expiry of a cached row is checked, too.
    expect(await authenticator.authenticate(`Bearer ${secret}`)).toBeUndefined();
    expect(isExpired(principal!)).toBe(true);
  });

  test('is rejected within a second of the revocation, which happens once', async () => {
    const authenticator = newAuthenticator();
    const { token, secret } = await create();
    const principal = await authenticator.authenticate(`Bearer ${secret}`);
    expect(await authenticator.findRevoked([principal!])).toEqual([]);
    const revoked = await revokeToken(domain.em, token.id);
    expect((await revokeToken(domain.em, token.id)).revokedAt).toEqual(revoked.revokedAt);
    // The check for open connections bypasses the cache.
    expect(await authenticator.findRevoked([principal!])).toEqual([principal]);
    await pause(1_010);
    expect(await authenticator.authenticate(`Bearer ${secret}`)).toBeUndefined();
    expect(await newAuthenticator().authenticate(`Bearer ${secret}`)).toBeUndefined();
    for (const id of [newId(), 'no id at all']) {
      await expect(revokeToken(domain.em, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  test('with an open connection is checked with all others in one statement, the configured admin with none', async () => {
    const authenticator = newAuthenticator();
    const other = await domain.createDirectory();
    const created = await Promise.all([create(), create(), create({ directoryId: other.id }), create()]);
    const all = await Promise.all(created.map(({ secret }) => authenticator.authenticate(`Bearer ${secret}`)));
    const [, revoked, orphan] = all;
    const fixed = await authenticator.authenticate(`Bearer ${ADMIN_TOKEN}`);
    await revokeToken(domain.em, revoked!.tokenId!);
    await deleteDirectory(domain.em, other.slug);
    await pause(50);
    recorder.take();
    expect(await authenticator.findRevoked([fixed!, ...all.map((one) => one!)])).toEqual([revoked, orphan]);
    expect(recorder.take()).toHaveLength(1);
    expect(await authenticator.findRevoked([fixed!])).toEqual([]);
    expect(recorder.take()).toEqual([]);
  });

  test('is looked up once a second, and its last use is recorded once a minute for all processes', async () => {
    const [one, other] = [newAuthenticator(), newAuthenticator()];
    const { token, secret } = await create();
    expect(await lastUsed(token.id)).toBeNull();
    recorder.take();
    await Promise.all(Array.from({ length: 50 }, () => one.authenticate(`Bearer ${secret}`)));
    // The last use is recorded in the background; the request does not wait for it.
    await pause(50);
    expect(recorder.take().map(({ text }) => text.trim().slice(0, 6))).toEqual(['select', 'update']);
    expect(await lastUsed(token.id)).not.toBeNull();
    const noted = await lastUsed(token.id);
    await pause(20);
    await other.authenticate(`Bearer ${secret}`);
    await pause(50);
    expect(await lastUsed(token.id)).toBe(noted);
    // A minute later the next use is recorded.
    await domain.pool.query(`update tokens set last_used_at = last_used_at - interval '61 seconds' where id = $1`, [
      token.id,
    ]);
    await newAuthenticator().authenticate(`Bearer ${secret}`);
    await until('the use is noted', async () => (await lastUsed(token.id))! >= noted!);
    expect(errors).toEqual([]);
  });
});
