import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fold } from '../../src/domain/kernel/fold.js';
import type { Wire } from '../support/scim-client.js';
import { Harness } from './harness.js';

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start();
});

afterAll(() => harness.stop());

const PAGE = `
  query ($first: Int, $after: String, $last: Int, $before: String, $orderBy: UserOrder, $filter: UserFilter) {
    directory {
      users(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy, filter: $filter) {
        edges { cursor node { id userName title } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
  }`;

interface Node {
  readonly id: string;
  readonly userName: string;
  readonly title: string | null;
}

function startingWith(prefix: string): object {
  return { userName: { startsWith: prefix } };
}

/** Reads all users with a prefix page by page; `between` runs after each page. */
async function walk(
  forward: boolean,
  size: number,
  orderBy: object | null,
  prefix: string,
  between: () => Promise<void> = async () => undefined,
): Promise<Node[]> {
  const seen: Node[] = [];
  let cursor: string | null = null;
  for (;;) {
    const page: object = forward ? { first: size, after: cursor } : { last: size, before: cursor };
    const { users }: Wire = (await harness.query(PAGE, { ...page, orderBy, filter: startingWith(prefix) })).directory;
    const nodes = users.edges.map((edge: { node: Node }) => edge.node);
    expect(nodes.length).toBeLessThanOrEqual(size);
    expect(forward ? users.pageInfo.hasPreviousPage : users.pageInfo.hasNextPage).toBe(cursor !== null);
    expect(users.pageInfo.startCursor).toBe(users.edges[0]?.cursor ?? null);
    expect(users.pageInfo.endCursor).toBe(users.edges.at(-1)?.cursor ?? null);
    if (forward) seen.push(...nodes);
    else seen.unshift(...nodes);
    const more = forward ? users.pageInfo.hasNextPage : users.pageInfo.hasPreviousPage;
    if (!more) return seen;
    cursor = forward ? users.pageInfo.endCursor : users.pageInfo.startCursor;
    await between();
  }
}

const ORDERS = [
  null,
  ...['USER_NAME', 'DISPLAY_NAME', 'EXTERNAL_ID', 'TITLE', 'DEPARTMENT', 'CREATED_AT', 'UPDATED_AT'].flatMap((field) =>
    ['ASC', 'DESC'].map((direction) => ({ field, direction })),
  ),
];

describe('connections', () => {
  test('return all users in both directions and every order, also with equal titles', async () => {
    const titles = ['Émile', 'emile', 'Engineer', 'engineer', '', null, 'Ω', 'z'.repeat(300)];
    await Promise.all(
      Array.from({ length: 23 }, (_, index) =>
        harness.createUser({
          userName: `walk-${index}`,
          title: titles[index % titles.length],
          displayName: index % 3 === 0 ? null : `Name ${index % 4}`,
          externalId: index % 2 === 0 ? null : `E${index % 5}`,
          department: titles[(index * 3) % titles.length],
        }),
      ),
    );
    for (const orderBy of ORDERS) {
      const forward = await walk(true, 4, orderBy, 'walk-');
      const backward = await walk(false, 7, orderBy, 'walk-');
      expect(new Set(forward.map(({ id }) => id)).size).toBe(23);
      expect(backward).toEqual(forward);
      const reversed = orderBy && { ...orderBy, direction: orderBy.direction === 'ASC' ? 'DESC' : 'ASC' };
      if (reversed) expect((await walk(true, 5, reversed, 'walk-')).reverse()).toEqual(forward);
    }
  });

  test('have users without a value first in ascending order and last in descending order, as the schema says', async () => {
    await harness.createUser({ userName: 'valued-none' });
    const attributes = { title: 'T', displayName: 'D', externalId: 'E', department: 'D' };
    await harness.createUser({ userName: 'valued-some', ...attributes });
    for (const field of ['DISPLAY_NAME', 'EXTERNAL_ID', 'TITLE', 'DEPARTMENT']) {
      const names = async (direction: string): Promise<string[]> =>
        (await walk(true, 1, { field, direction }, 'valued-')).map(({ userName }) => userName);
      expect([field, await names('ASC')]).toEqual([field, ['valued-none', 'valued-some']]);
      expect([field, await names('DESC')]).toEqual([field, ['valued-some', 'valued-none']]);
    }
    for (const name of ['UserOrderField', 'GroupOrderField']) {
      const { type } = await harness.query('query ($name: String!) { type: __type(name: $name) { description } }', {
        name,
      });
      expect(type.description).toContain('without a value come first in ascending order and last in descending order');
    }
  });

  test('return unchanged users exactly once while others are created, deleted and reordered', async () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }).map((name) => `${name}-`);
    const run = fc.record({
      titles: fc.array(names, { minLength: 4, maxLength: 12 }),
      size: fc.integer({ min: 1, max: 4 }),
      forward: fc.boolean(),
      direction: fc.constantFrom('ASC', 'DESC'),
      churn: fc.array(names, { minLength: 1, maxLength: 6 }),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(run, async ({ titles, size, forward, direction, churn }) => {
        const prefix = `churn-${round++}`;
        const stays = await Promise.all(
          titles.map((title, index) => harness.createUser({ userName: `${prefix}-${index}`, title })),
        );
        const passing = await Promise.all(
          churn.map((title, index) => harness.createUser({ userName: `${prefix}-passing-${index}`, title })),
        );
        let step = 0;
        const between = async (): Promise<void> => {
          const title = churn[step % churn.length];
          const id = passing[step % passing.length];
          if (step > 12) return;
          if (step % 3 === 0) await harness.createUser({ userName: `${prefix}-new-${step}`, title });
          else if (step % 3 === 1) await harness.mutate('deleteUser', { id });
          else await harness.mutate('updateUser', { id, title: `${title}moved` });
          step++;
        };
        const seen = await walk(forward, size, { field: 'TITLE', direction }, `${prefix}-`, between);
        const times = stays.map((id) => seen.filter((node) => node.id === id).length);
        expect(times).toEqual(stays.map(() => 1));
        const keys = seen.filter((node) => stays.includes(node.id)).map((node) => Buffer.from(fold(node.title ?? '')));
        const sorted = keys.toSorted((a, b) => (direction === 'ASC' ? a.compare(b) : b.compare(a)));
        expect(keys).toEqual(sorted);
      }),
      { numRuns: 12 },
    );
  });

  test('accept after and before together, with the right page info', async () => {
    const filter = startingWith('walk-');
    const all = await walk(true, 100, null, 'walk-');
    const { users } = (await harness.query(PAGE, { first: 100, filter })).directory;
    const cursors = users.edges.map(({ cursor }: { cursor: string }) => cursor);
    const between = (await harness.query(PAGE, { first: 2, after: cursors[1], before: cursors[4], filter })).directory
      .users;
    expect(between.edges.map((edge: { node: Node }) => edge.node.id)).toEqual(all.slice(2, 4).map(({ id }) => id));
    expect(between.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const first = (await harness.query(PAGE, { last: 5, before: cursors[3], filter })).directory.users;
    expect(first.edges).toHaveLength(3);
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const beyond = (await harness.query(PAGE, { first: 5, after: cursors.at(-1), filter })).directory.users;
    expect(beyond.edges).toEqual([]);
    expect(beyond.pageInfo).toEqual({
      hasNextPage: false,
      hasPreviousPage: true,
      startCursor: null,
      endCursor: null,
    });
  });

  test('reject cursors of another directory, of another order and malformed ones', async () => {
    const other = await harness.server.createDirectory();
    const { users } = (await harness.query(PAGE, { first: 1 })).directory;
    const cursor = users.pageInfo.endCursor;
    expect(await harness.code(PAGE, { first: 1, after: cursor }, other.graphqlToken)).toBe('CURSOR_INVALID');
    const orderBy = { field: 'USER_NAME' };
    expect(await harness.code(PAGE, { first: 1, after: cursor, orderBy })).toBe('CURSOR_INVALID');
    expect(await harness.code(PAGE, { last: 1, before: 'garbage' })).toBe('CURSOR_INVALID');
    expect(await harness.code(PAGE, { first: 1, after: '' })).toBe('CURSOR_INVALID');
  });

  test('report the limit and the requested size', async () => {
    const { errors } = await harness.send(PAGE, { first: 500 });
    expect(errors[0].extensions.code).toBe('BAD_USER_INPUT');
    expect(errors[0].message).toContain('from 1 to 100; the operation requests first: 500');
    expect(await harness.code('{ directory { users { totalCount } } }')).toBe('BAD_USER_INPUT');
  });

  test('nested in many parents have a page for each', async () => {
    const users = await Promise.all([1, 2, 3].map((index) => harness.createUser({ userName: `nested-${index}` })));
    const groups: string[] = [];
    for (const index of [1, 2, 3, 4]) groups.push(await harness.createGroup(`Nested ${index}`, users.slice(0, index)));
    const query = `query ($first: Int, $after: String, $last: Int, $before: String) {
      directory { users(first: 3, filter: { userName: { startsWith: "nested-" } }) { nodes {
        groups(first: $first, after: $after, last: $last, before: $before) {
          totalCount edges { cursor addedAt node { id } } pageInfo { hasNextPage hasPreviousPage }
        }
      } } }
    }`;
    const ids = (answer: { edges: Array<{ node: { id: string } }> }): string[] =>
      answer.edges.map(({ node }) => node.id);
    const page = async (args: object): Promise<Wire[]> =>
      (await harness.query(query, args)).directory.users.nodes.map((node: Wire) => node.groups);
    const first: Wire[] = await page({ first: 2 });
    expect(first.map(({ totalCount }) => totalCount)).toEqual([4, 3, 2]);
    expect(first.map(ids)).toEqual([groups.slice(0, 2), groups.slice(1, 3), groups.slice(2, 4)]);
    expect(first.map(({ pageInfo }) => pageInfo.hasNextPage)).toEqual([true, true, false]);
    const rest: Wire[] = await page({ first: 2, after: first[0].edges[1].cursor });
    expect(rest.map(ids)).toEqual([groups.slice(2, 4), groups.slice(2, 4), groups.slice(2, 4)]);
    expect(rest.map(({ pageInfo }) => pageInfo.hasPreviousPage)).toEqual([true, true, false]);
    const last: Wire[] = await page({ last: 1 });
    expect(last.map(ids)).toEqual([[groups[3]], [groups[3]], [groups[3]]]);
    expect(last.map(({ pageInfo }) => pageInfo)).toEqual(
      Array.from({ length: 3 }, () => ({ hasNextPage: false, hasPreviousPage: true })),
    );
  });

  test('of members contain users and groups', async () => {
    const user = await harness.createUser({ userName: 'member', emails: [{ value: 'm@example.com', type: 'work' }] });
    const inner = await harness.createGroup('Inner', [user]);
    const outer = await harness.createGroup('Outer', [inner, user]);
    const { group } = (
      await harness.query(
        `query ($id: ID) { directory { group(id: $id) { memberCount members(first: 10) {
          totalCount edges { addedAt node {
            __typename ... on User { id userName emails { value } groups(first: 5) { nodes { displayName } } }
            ... on Group { id displayName memberCount members(first: 5) { totalCount } }
          } } } } } }`,
        { id: outer },
      )
    ).directory;
    expect(group.memberCount).toBe(2);
    expect(group.members.totalCount).toBe(2);
    expect(group.members.edges.map((edge: { node: object }) => edge.node)).toEqual([
      {
        __typename: 'User',
        id: user,
        userName: 'member',
        emails: [{ value: 'm@example.com' }],
        groups: { nodes: [{ displayName: 'Inner' }, { displayName: 'Outer' }] },
      },
      { __typename: 'Group', id: inner, displayName: 'Inner', memberCount: 1, members: { totalCount: 1 } },
    ]);
  });
});
