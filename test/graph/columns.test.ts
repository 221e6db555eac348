import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { recordStatements } from '../support/statements.js';
import { Harness } from './harness.js';

const recorder = recordStatements();
let harness: Harness;
let user: string;

beforeAll(async () => {
  harness = await Harness.start({ clientClass: recorder.clientClass });
  const boss = await harness.createUser({ userName: 'boss' });
  user = await harness.createUser({ userName: 'kim', managerId: boss, emails: [{ value: 'kim@x.example' }] });
  await harness.createGroup('Inner', [user]);
});

afterAll(() => harness.stop());

/** Returns the columns that each statement of a query selects at the top level or in nested rows, sorted by name. */
async function columnsOf(query: string): Promise<string[]> {
  await harness.query('{ directory { id } }');
  recorder.take();
  await harness.query(query.replaceAll('USER', user));
  const lists = recorder
    .take()
    .map(({ text }) => /select (?:parent\.id.*?select )?(.*?) from (?:users|groups|memberships)/s.exec(text));
  return lists.flatMap((found) =>
    found
      ? [
          [...found[1]!.matchAll(/ as "(\w+)"/g)]
            .map(([, name]) => name)
            .sort()
            .join(' '),
        ]
      : [],
  );
}

describe('an operation selects only the columns that it needs', () => {
  test.each([
    [
      'a page of users',
      '{ directory { users(first: 2) { nodes { emails { value } active } } } }',
      ['active emails id userName'],
    ],
    [
      'a page by its edges, in fragments',
      `{ directory { ...F } } fragment F on Directory { users(first: 2) { edges { node { ... on Node { id } ...G } } } }
       fragment G on User { title ... { costCenter } }`,
      ['costCenter id title userName'],
    ],
    [
      'what conditions may leave out too',
      '{ directory { users(first: 2) { nodes { title @include(if: false) } } } }',
      ['id title userName'],
    ],
    ['nothing but a cursor', '{ directory { groups(first: 2) { pageInfo { endCursor } } } }', ['id']],
    ['one user', '{ directory { user(id: "USER") { displayName } } }', ['displayName id userName']],
    [
      'several users at once, together',
      '{ directory { a: user(id: "USER") { title } b: user(id: "USER") { version } } }',
      ['id title userName version'],
    ],
    [
      'relations',
      '{ directory { users(first: 2) { nodes { manager { title } groups(first: 1) { nodes { version } edges { addedAt } } } } } }',
      ['id managerId userName', 'addedAt id version', 'id title userName'],
    ],
    [
      'members of both kinds',
      '{ directory { groups(first: 1) { nodes { members(first: 1) { nodes { ... on User { active } ... on Group { memberCount } } } } } } }',
      ['id memberCount', 'active id memberCount userName'],
    ],
    [
      'extensions, which are made of the tree',
      '{ directory { users(first: 1) { nodes { extensions } } } }',
      ['attributes id userName'],
    ],
  ])('%s', async (_name, query, expected) => {
    expect((await columnsOf(query)).sort()).toEqual(expected.toSorted());
  });
});
