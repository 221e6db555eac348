import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/domain/kernel/id.js';
import { buildGraphSchema } from '../../src/graph/schema.js';
import { Subscriber } from '../support/graphql-client.js';
import type { TestDirectory } from '../support/server.js';
import { Harness, send } from './harness.js';
import { idInputs, type IdInput } from './id-inputs.js';

/** The ids of one object of each kind in a directory. */
interface Objects {
  readonly user: string;
  readonly group: string;
  readonly token: string;
  readonly directory: string;
}

const schema = buildGraphSchema();
const inputs = idInputs(schema);
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

/** Returns everything in the other directory that a mutation could change. */
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
async function answer(input: IdInput, token: string, id: string, own: Objects, directory?: string): Promise<unknown> {
  const query = input.toOperation({ id, own, ...(directory === undefined ? {} : { directory }) });
  const { status, data, errors } = await send(harness.url, token, JSON.stringify({ query }));
  return JSON.parse(JSON.stringify([status, data ?? null, errors]).replaceAll(id, 'ID')) as unknown;
}

test('the schema has inputs for ids, and the test can build an operation for each', () => {
  expect(inputs.map(({ name }) => name)).toEqual(
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

describe.each(inputs.map((input) => ({ name: input.name, input })))('$name', ({ input }) => {
  test('answers the same for objects of another directory as for unknown ones, and finds its own', async () => {
    const { graphqlToken, slug } = harness.directory;
    const own = await objectsOf(harness.directory);
    const unknown = await answer(input, graphqlToken, input.isSlug ? 'no-such-slug' : newId(), own);
    const foreignIds = input.isSlug ? [other.slug] : Object.values(foreign);
    for (const id of foreignIds) expect(await answer(input, graphqlToken, id, own)).toEqual(unknown);
    expect(await stateOfOther()).toBe(before);
    // A constant answer would prove nothing. Administration is forbidden for this token in any case.
    const ownIds = input.isSlug ? [slug] : KINDS.map((kind) => own[kind]);
    const answers = await Promise.all(ownIds.map((id) => answer(input, graphqlToken, id, own)));
    const isForbidden = JSON.stringify(unknown).includes('FORBIDDEN');
    expect(answers.some((one) => JSON.stringify(one) !== JSON.stringify(unknown))).toBe(!isForbidden);
  });

  test('answers an admin who names a directory in the same way', async () => {
    const { adminToken } = harness.server;
    const { slug } = harness.directory;
    if (input.isSlug) return;
    const own = await objectsOf(harness.directory);
    const unknown = await answer(input, adminToken, newId(), own, slug);
    // An admin who names no directory can access directories and tokens everywhere.
    const kinds = input.namesDirectory ? KINDS : (['user', 'group'] as const);
    for (const kind of kinds) expect(await answer(input, adminToken, foreign[kind], own, slug)).toEqual(unknown);
    expect(await stateOfOther()).toBe(before);
  });

  test('rejects a SCIM token', async () => {
    const own = await objectsOf(harness.directory);
    const [status] = (await answer(input, harness.directory.scimToken, foreign.user, own)) as [number];
    expect(status).toBe(401);
  });
});

describe('subscriptions', () => {
  const fields = Object.values(schema.getSubscriptionType()?.getFields() ?? {});

  /** Returns how a rejected subscription ends: the errors of its operation, or the code that the socket closes with. */
  async function rejection(token: string, field: string, argument: string, value: string): Promise<unknown> {
    const query = `subscription { ${field}(${argument}: ${JSON.stringify(value)}) { id } }`;
    const subscriber = new Subscriber({ url: harness.url, token }, query);
    const end = await subscriber.waitUntil(() => false).catch((error: unknown) => (error as Error).cause);
    await subscriber.close();
    if (!Array.isArray(end)) return (end as { code: number }).code;
    return JSON.parse(JSON.stringify(end).replaceAll(value, 'ID'));
  }

  test.each(fields.map(({ name }) => name))('%s does not find another directory', async (field) => {
    const { graphqlToken, scimToken } = harness.directory;
    expect(await rejection(graphqlToken, field, 'directory', other.slug)).toEqual(
      await rejection(graphqlToken, field, 'directory', 'never-was'),
    );
    const { directory } = await harness.query('{ directory { eventCursor } }', {}, other.graphqlToken);
    expect(JSON.stringify(await rejection(graphqlToken, field, 'after', directory.eventCursor))).toContain('CURSOR_');
    expect(await rejection(scimToken, field, 'directory', harness.directory.slug)).toBe(4403);
  });
});
