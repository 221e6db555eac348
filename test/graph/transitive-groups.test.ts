import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Wire } from '../support/scim-client.js';
import { CountingClient, statements } from './counting-client.js';
import { Harness } from './harness.js';

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start({ clientClass: CountingClient });
});

afterAll(() => harness.stop());

const GROUPS = `query ($id: ID, $first: Int, $after: String, $last: Int, $before: String) {
  directory { user(id: $id) { groups(transitive: true, first: $first, after: $after, last: $last, before: $before) {
    totalCount edges { cursor addedAt node { id } } pageInfo { hasNextPage hasPreviousPage }
  } } }
}`;

async function page(id: string, args: object): Promise<Wire> {
  return (await harness.query(GROUPS, { id, ...args })).directory.user.groups;
}

function idsOf({ edges }: Wire): string[] {
  return edges.map(({ node }: Wire) => node.id);
}

describe('the groups of a user, transitively', () => {
  test('include groups of nested membership, each once, whatever the number of paths', async () => {
    const id = await harness.createUser({ userName: 'diamond' });
    const team = await harness.createGroup('Team', [id]);
    const left = await harness.createGroup('Left', [team]);
    const right = await harness.createGroup('Right', [team, id]);
    const top = await harness.createGroup('Top', [left, right]);
    await harness.createGroup('Elsewhere', []);
    const all = await page(id, { first: 10 });
    expect(idsOf(all)).toEqual([team, left, right, top]);
    expect(all.totalCount).toBe(4);
    // A user who is in a group only through a nested group was never added to it.
    expect(all.edges.map(({ addedAt }: Wire) => addedAt !== null)).toEqual([true, false, true, false]);
    const { directory } = await harness.query(
      'query ($id: ID) { directory { user(id: $id) { groups(first: 10) { nodes { id } totalCount } } } }',
      { id },
    );
    expect(directory.user.groups).toEqual({ nodes: [{ id: team }, { id: right }], totalCount: 2 });
  });

  test('change when a membership on the path ends', async () => {
    const id = await harness.createUser({ userName: 'leaver' });
    const inner = await harness.createGroup('Inner', [id]);
    const outer = await harness.createGroup('Outer', [inner]);
    expect(idsOf(await page(id, { first: 10 }))).toEqual([inner, outer]);
    await harness.mutate('removeGroupMembers', { groupId: outer, memberIds: [inner] });
    expect(idsOf(await page(id, { first: 10 }))).toEqual([inner]);
    await harness.mutate('deleteGroup', { id: inner });
    expect(idsOf(await page(id, { first: 10 }))).toEqual([]);
  });

  test('of many users and their totals take two more statements', async () => {
    await harness.query('{ directory { id } }');
    statements.length = 0;
    await harness.query(
      '{ directory { users(first: 10) { nodes { groups(first: 5, transitive: true) { totalCount nodes { id } } } } } }',
    );
    expect(statements.filter((text) => !/from (tokens|directories)\b|update tokens/.test(text))).toHaveLength(3);
  });

  test('reject a cursor of the direct groups', async () => {
    const id = await harness.createUser({ userName: 'cursor' });
    await harness.createGroup('Cursor', [id]);
    const { directory } = await harness.query(
      'query ($id: ID) { directory { user(id: $id) { groups(first: 1) { edges { cursor } } } } }',
      { id },
    );
    const { cursor } = directory.user.groups.edges[0];
    expect(await harness.code(GROUPS, { id, first: 1, after: cursor })).toBe('CURSOR_INVALID');
  });

  test('are the transitive closure of any nesting, in both paging directions', async () => {
    let round = 0;
    // A group is nested in later ones only, so that there is no cycle.
    const nesting = fc.array(fc.array(fc.nat(6), { maxLength: 4 }), { minLength: 1, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(nesting, fc.array(fc.nat(6), { maxLength: 3 }), fc.integer({ min: 1, max: 3 }), run),
      { numRuns: 20 },
    );

    async function run(inner: number[][], direct: number[], size: number): Promise<void> {
      const name = `random-${++round}`;
      const id = await harness.createUser({ userName: name });
      const groups: string[] = [];
      const reached = new Set<number>();
      for (const [index, members] of inner.entries()) {
        const nested = [...new Set(members.filter((member) => member < index))];
        const isDirect = direct.includes(index);
        if (isDirect || nested.some((member) => reached.has(member))) reached.add(index);
        const memberIds = [...nested.map((member) => groups[member]!), ...(isDirect ? [id] : [])];
        groups.push(await harness.createGroup(`${name} ${index}`, memberIds));
      }
      const expected = [...reached].map((index) => groups[index]!).sort();
      expect((await page(id, { first: 100 })).totalCount).toBe(expected.length);
      expect(await walk(id, size, 'first', 'after')).toEqual(expected);
      expect((await walk(id, size, 'last', 'before')).sort()).toEqual(expected);
    }

    async function walk(id: string, size: number, take: string, from: string): Promise<string[]> {
      const found: string[] = [];
      for (let cursor: string | undefined; ;) {
        const { edges, pageInfo } = await page(id, { [take]: size, [from]: cursor });
        found.push(...edges.map(({ node }: Wire) => node.id));
        const edge = take === 'first' ? edges.at(-1) : edges[0];
        if (!(take === 'first' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) return found;
        cursor = edge.cursor;
      }
    }
  });
});
