import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/domain/kernel/id.js';
import { buildGraphSchema } from '../../src/graph/schema.js';
import { Subscriber } from '../support/graphql-client.js';
import type { TestDirectory } from '../support/server.js';
import { Harness, send } from './harness.js';
import { idPlaces, type IdPlace } from './id-places.js';

/** An object of each kind in a directory. */
interface Objects {
  readonly user: string;
  readonly group: string;
  readonly token: string;
  readonly directory: string;
}

const schema = buildGraphSchema();
const places = idPlaces(schema);
const KINDS = ['user', 'group', 'token', 'directory'] as const;

let harness: Harness;
let other: TestDirectory;
let foreign: Objects;
let before: string;
let serial = 0;

beforeAll(async () => {
  harness = await Harness.start();
  other = await harness.server.createDirectory();
  foreign = await objectsOf(other);
  before = await stateOfOther();
});

afterAll(() => harness.stop());

async function objectsOf(directory: TestDirectory): Promise<Objects> {
  const name = `object-${++serial}`;
  const token = directory.graphqlToken;
  const { user } = await harness.mutate('createUser', { userName: name }, 'user { id }', token);
  await harness.mutate('createUser', { userName: `${name}-report`, managerId: user.id }, '', token);
  const group = await harness.mutate('createGroup', { displayName: name, memberIds: [user.id] }, 'group { id }', token);
  const { id } = await harness.server.createToken({ directory, kind: 'graphql' });
  return { user: user.id, group: group.group.id, token: id, directory: directory.id };
}

/** Everything that a foreign token could have changed. */
async function stateOfOther(): Promise<string> {
  const query = `{ directory { name eventCursor users(first: 9) { nodes { id version } } groups(first: 9) {
    nodes { id version memberCount } } } }`;
  const state = await harness.query(query, {}, other.graphqlToken);
  const { rows } = await harness.server.database.pool.query(
    'select id, revoked_at from tokens where directory_id = $1',
    [other.id],
  );
  return JSON.stringify([state, rows]);
}

/** Sends an id in an argument. Returns the answer with the id replaced by a placeholder. */
async function answer(place: IdPlace, token: string, id: string, own: Objects, directory?: string): Promise<unknown> {
  const query = place.toOperation({ id, own, ...(directory === undefined ? {} : { directory }) });
  const { status, data, errors } = await send(harness.url, token, JSON.stringify({ query }));
  return JSON.parse(JSON.stringify([status, data ?? null, errors]).replaceAll(id, 'ID')) as unknown;
}

test('the schema has places that take an id, and the test knows how to reach each', () => {
  expect(places.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'Query.node(id)',
      'Query.directory(slug)',
      'Directory.user(id)',
      'Directory.users(filter.id.in)',
      'Directory.users(filter.memberOf)',
      'Directory.groups(filter.hasMember)',
      'Mutation.createUser(input.managerId)',
      'Mutation.addGroupMembers(input.memberIds)',
      'Mutation.revokeToken(input.id)',
    ]),
  );
});

describe.each(places.map((place) => ({ name: place.name, place })))('$name', ({ place }) => {
  test('answers to what is of another directory as to what never was, and finds its own', async () => {
    const { graphqlToken, slug } = harness.directory;
    const own = await objectsOf(harness.directory);
    const never = await answer(place, graphqlToken, place.isSlug ? 'never-was' : newId(), own);
    const strangers = place.isSlug ? [other.slug] : Object.values(foreign);
    for (const stranger of strangers) expect(await answer(place, graphqlToken, stranger, own)).toEqual(never);
    expect(await stateOfOther()).toBe(before);
    // An answer that is always the same would prove nothing. Administration is refused to this token in any case.
    const mine = place.isSlug ? [slug] : KINDS.map((kind) => own[kind]);
    const answers = await Promise.all(mine.map((id) => answer(place, graphqlToken, id, own)));
    const isForbidden = JSON.stringify(never).includes('FORBIDDEN');
    expect(answers.some((one) => JSON.stringify(one) !== JSON.stringify(never))).toBe(!isForbidden);
  });

  test('answers an admin who means one directory alike', async () => {
    const { adminToken } = harness.server;
    const { slug } = harness.directory;
    if (place.isSlug) return;
    const own = await objectsOf(harness.directory);
    const never = await answer(place, adminToken, newId(), own, slug);
    // An admin who names no directory means all of them, and finds directories and tokens anywhere.
    const kinds = place.namesDirectory ? KINDS : (['user', 'group'] as const);
    for (const kind of kinds) expect(await answer(place, adminToken, foreign[kind], own, slug)).toEqual(never);
    expect(await stateOfOther()).toBe(before);
  });

  test('is closed to a SCIM token', async () => {
    const own = await objectsOf(harness.directory);
    const [status] = (await answer(place, harness.directory.scimToken, foreign.user, own)) as [number];
    expect(status).toBe(401);
  });
});

describe('subscriptions', () => {
  const fields = Object.values(schema.getSubscriptionType()?.getFields() ?? {});

  /** How a subscription ends that cannot begin: the errors of its operation, or the code that the socket closes with. */
  async function fault(token: string, field: string, argument: string, value: string): Promise<unknown> {
    const query = `subscription { ${field}(${argument}: ${JSON.stringify(value)}) { id } }`;
    const subscriber = new Subscriber({ url: harness.url, token }, query);
    const end = await subscriber.waitUntil(() => false).catch((error: unknown) => (error as Error).cause);
    await subscriber.close();
    if (!Array.isArray(end)) return (end as { code: number }).code;
    return JSON.parse(JSON.stringify(end).replaceAll(value, 'ID'));
  }

  test.each(fields.map(({ name }) => name))('%s knows no other directory', async (field) => {
    const { graphqlToken, scimToken } = harness.directory;
    expect(await fault(graphqlToken, field, 'directory', other.slug)).toEqual(
      await fault(graphqlToken, field, 'directory', 'never-was'),
    );
    const { directory } = await harness.query('{ directory { eventCursor } }', {}, other.graphqlToken);
    expect(JSON.stringify(await fault(graphqlToken, field, 'after', directory.eventCursor))).toContain('CURSOR_');
    expect(await fault(scimToken, field, 'directory', harness.directory.slug)).toBe(4403);
  });
});
