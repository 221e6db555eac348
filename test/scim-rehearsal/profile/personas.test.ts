import { describe, expect, test } from '@jest/globals';
import { Personas } from '../../../packages/scim-rehearsal/src/profile/personas.js';
import { BUILT_IN_PROFILES } from '../../../packages/scim-rehearsal/src/profile/built-in/built-in-profiles.js';

const EVERYTHING = BUILT_IN_PROFILES['everything']!;
const personas = (seed: string) => new Personas(EVERYTHING, seed);

describe('generated users and groups', () => {
  test('are the same for the same seed, and different for another one', () => {
    expect(personas('a').user(7)).toEqual(personas('a').user(7));
    expect(personas('a').group(7)).toEqual(personas('a').group(7));
    expect(personas('b').user(7)['externalId']).not.toBe(personas('a').user(7)['externalId']);
  });

  test('are recognizably fictitious, with undeliverable addresses', () => {
    for (let n = 0; n < 50; n++) {
      const user = personas('Spring Trial').user(n);
      expect(user['userName']).toBe(`rehearsal-springtrial.4cdd785d-${n}@rehearsal.example`);
      expect(user['name.familyName']).toMatch(/\(rehearsal \d+\)$/);
      expect(user['emails[type eq "work"].value']).toMatch(/@rehearsal\.example$/);
      expect(personas('Spring Trial').group(n)['displayName']).toMatch(/^rehearsal-springtrial\.4cdd785d /);
    }
  });

  test('have a name prefix that is unique to the seed and not the start of another one', () => {
    const seeds = ['1', '1-2', '12', '1 2', 'a', 'A', 'spring', 'spring-', '…', '日本', '', 'seed'];
    const prefixes = seeds.map((seed) => personas(seed).namePrefix);
    expect(new Set(prefixes).size).toBe(seeds.length);
    const starts = prefixes.flatMap((prefix) => [`${prefix}-`, `${prefix} `]);
    for (const [index, seed] of seeds.entries()) {
      const others = starts.filter((_one, place) => Math.floor(place / 2) !== index);
      const [user, group] = [personas(seed).user(2)['userName'], personas(seed).group(2)['displayName']];
      for (const name of [user, group] as string[]) expect(others.filter((one) => name.startsWith(one))).toEqual([]);
      expect(user).toMatch(/^[a-z0-9.-]+@rehearsal\.example$/);
    }
  });

  test('have matching numbers that are far from real ones, fit into 32 bits and differ between seeds', () => {
    const profile = { name: 'numbers', users: [{ path: 'number', type: 'Number', matching: 1 }], groups: [] } as const;
    const numbers = ['a', 'b'].flatMap((seed) =>
      Array.from({ length: 100 }, (_, n) => Number(new Personas(profile, seed).user(n)['number'])),
    );
    expect(new Set(numbers).size).toBe(200);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(1_000_000_000);
    expect(Math.max(...numbers)).toBeLessThan(2 ** 31);
  });

  test('have unique names in every revision', () => {
    const names = [1, 2, 3].flatMap((revision) =>
      Array.from({ length: 100 }, (_, n) => personas('a').user(n, revision)['userName']),
    );
    expect(new Set(names).size).toBe(300);
  });

  test('have a different value for everything but active in another revision', () => {
    const [before, after] = [personas('a').user(7), personas('a').user(7, 2)];
    const same = Object.keys(before).filter((path) => before[path] === after[path]);
    expect(same).toEqual(['active']);
  });

  test('use constants unchanged, and values of the type of each row', () => {
    const profile = {
      name: 'types',
      users: [
        { path: 'userType', type: 'String', constant: 'Employee' },
        { path: 'urn:example:2.0:User:level', type: 'Number' },
        { path: 'urn:example:2.0:User:isNew', type: 'Boolean' },
        { path: 'urn:example:2.0:User:tags', type: 'Array' },
        { path: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager', type: 'Reference' },
      ],
      groups: [],
    } as const;
    expect(new Personas(profile, 'a').user(4)).toEqual({
      userType: 'Employee',
      'urn:example:2.0:User:level': 41,
      'urn:example:2.0:User:isNew': false,
      'urn:example:2.0:User:tags': ['tags 4.1', 'tags 4.1 b'],
    });
  });
});
