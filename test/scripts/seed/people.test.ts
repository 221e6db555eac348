import { describe, expect, test } from '@jest/globals';
import { inventCompany } from '../../../scripts/seed/people.js';
import { isId } from '../../../src/domain/kernel/id.js';
import { ENTERPRISE_URN } from '../../../src/domain/schema/enterprise-user.js';

describe('the generated company', () => {
  const { people, teams } = inventCompany('people', 1000);
  const places = new Map(people.map(({ id }, n) => [id, n]));

  test('depends only on the seed', () => {
    expect(inventCompany('people', 1000)).toEqual({ people, teams });
    expect(inventCompany('others', 1).people[0]!.id).not.toBe(people[0]!.id);
  });

  test('begins with the people of a smaller company of the same seed', () => {
    expect(inventCompany('people', 100).people).toEqual(people.slice(0, 100));
  });

  test('has ids in the order of its people, and unique names', () => {
    const ids = people.map(({ id }) => id);
    expect(ids.every(isId)).toBe(true);
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(people.map(({ attributes }) => attributes['userName'])).size).toBe(1000);
    expect(
      people.every(({ attributes }) => /^[a-z.]+\.\d+@people\.example$/.test(String(attributes['userName']))),
    ).toBe(true);
    expect(new Set([...ids, ...teams.map(({ id }) => id)]).size).toBe(ids.length + teams.length);
    expect(new Set(teams.map(({ displayName }) => displayName)).size).toBe(teams.length);
  });

  test('has a manager for all people but one, who comes before them and has at most 20 reports', () => {
    const reports = new Map<string, number>();
    for (const [n, { attributes }] of people.entries()) {
      const { manager } = attributes[ENTERPRISE_URN] as { manager?: { value: string } };
      if (n === 0) expect(manager).toBeUndefined();
      else expect(places.get(manager!.value)).toBeLessThan(n);
      if (manager) reports.set(manager.value, (reports.get(manager.value) ?? 0) + 1);
    }
    expect(Math.max(...reports.values())).toBeLessThanOrEqual(20);
  });

  test('has some disabled people, and members in every group', () => {
    const disabled = people.filter(({ attributes }) => attributes['active'] === false);
    expect(disabled.length).toBeGreaterThan(40);
    expect(disabled.length).toBeLessThan(60);
    const known = new Set([...places.keys(), ...teams.map(({ id }) => id)]);
    for (const { displayName, memberIds } of teams) {
      expect({ displayName, isEmpty: memberIds.length === 0 }).toEqual({ displayName, isEmpty: false });
      expect(memberIds.every((id) => known.has(id))).toBe(true);
    }
  });
});
