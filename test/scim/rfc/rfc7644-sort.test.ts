import { beforeAll, expect } from '@jest/globals';
import { listed, refusal, useProvider } from './provider.js';
import { requirement } from './requirement.js';

/* RFC 7644 §3.4.2.3: sorting. */

const provider = useProvider();
const sorted = async (query: Readonly<Record<string, string>>): Promise<string[]> =>
  listed(await provider.scim.get('/Users', query));

beforeAll(async () => {
  const people = [
    {
      userName: 'b',
      externalId: 'b',
      title: 'x',
      emails: [{ value: 'z@x.example' }, { value: 'b@x.example', primary: true }],
    },
    {
      userName: 'A',
      externalId: 'C',
      name: { familyName: 'Moss' },
      emails: [{ value: 'c@x.example' }, { value: 'a@x.example' }],
    },
    { userName: 'c', externalId: 'a', title: 'W', name: { familyName: 'moro' } },
  ];
  for (const person of people) await provider.createUser(person);
});

requirement('7644-3.4.2.3-01', 'MUST', 'sortBy orders the resources by that attribute', async () => {
  expect(await sorted({ sortBy: 'userName' })).toEqual(['A', 'b', 'c']);
  expect(await sorted({ sortBy: 'name.familyName' })).toEqual(['c', 'A', 'b']);
  // By the primary value, or else the first one. Users without a value are last, or first when descending.
  expect(await sorted({ sortBy: 'emails' })).toEqual(['b', 'A', 'c']);
  expect(await sorted({ sortBy: 'title' })).toEqual(['c', 'b', 'A']);
  expect(await sorted({ sortBy: 'title', sortOrder: 'descending' })).toEqual(['A', 'b', 'c']);
  expect(refusal(await provider.scim.get('/Users', { sortBy: 'shoeSize' }))).toEqual([400, 'invalidPath']);
});

requirement('7644-3.4.2.3-02', 'MUST', 'Without sortOrder the order is ascending', async () => {
  expect(await sorted({ sortBy: 'externalId' })).toEqual(
    await sorted({ sortBy: 'externalId', sortOrder: 'ascending' }),
  );
  expect(await sorted({ sortBy: 'userName', sortOrder: 'descending' })).toEqual(['c', 'b', 'A']);
});

requirement(
  '7644-3.4.2.3-03',
  'MUST',
  'The order depends on the type: case-sensitive if case-exact, chronological for dates',
  async () => {
    expect(await sorted({ sortBy: 'userName' })).toEqual(['A', 'b', 'c']);
    expect(await sorted({ sortBy: 'externalId' })).toEqual(['A', 'c', 'b']);
    expect(await sorted({ sortBy: 'meta.created', sortOrder: 'descending' })).toEqual(['c', 'A', 'b']);
  },
);
