import { describe, expect, test } from '@jest/globals';
import {
  assignValue,
  parseAttributePath,
  valueAt,
  type Draft,
} from '../../../packages/scim-rehearsal/src/client/attribute-path.js';
import { Personas } from '../../../packages/scim-rehearsal/src/profile/personas.js';
import { BUILT_IN_PROFILES } from '../../../packages/scim-rehearsal/src/profile/built-in/built-in-profiles.js';

const EVERYTHING = BUILT_IN_PROFILES['everything']!;
const personas = (seed: string) => new Personas(EVERYTHING, seed);

describe('invented people', () => {
  test('are the same for the same seed, and others for another', () => {
    expect(personas('a').user(7)).toEqual(personas('a').user(7));
    expect(personas('a').group(7)).toEqual(personas('a').group(7));
    expect(personas('b').user(7)['externalId']).not.toBe(personas('a').user(7)['externalId']);
  });

  test('are plainly invented, and nobody gets mail', () => {
    for (let n = 0; n < 50; n++) {
      const user = personas('Spring Trial').user(n);
      expect(user['userName']).toBe(`rehearsal-springtrial.4cdd785d-${n}@rehearsal.example`);
      expect(user['name.familyName']).toMatch(/\(rehearsal \d+\)$/);
      expect(user['emails[type eq "work"].value']).toMatch(/@rehearsal\.example$/);
      expect(personas('Spring Trial').group(n)['displayName']).toMatch(/^rehearsal-springtrial\.4cdd785d /);
    }
  });

  test('bear a mark that no other seed has, nor begins with', () => {
    const seeds = ['1', '1-2', '12', '1 2', 'a', 'A', 'spring', 'spring-', '…', '日本', '', 'seed'];
    const marks = seeds.map((seed) => personas(seed).namePrefix);
    expect(new Set(marks).size).toBe(seeds.length);
    const beginnings = marks.flatMap((namePrefix) => [`${namePrefix}-`, `${namePrefix} `]);
    for (const [index, seed] of seeds.entries()) {
      const others = beginnings.filter((_one, place) => Math.floor(place / 2) !== index);
      const [user, group] = [personas(seed).user(2)['userName'], personas(seed).group(2)['displayName']];
      for (const name of [user, group] as string[]) expect(others.filter((one) => name.startsWith(one))).toEqual([]);
      expect(user).toMatch(/^[a-z0-9.-]+@rehearsal\.example$/);
    }
  });

  test('are matched by numbers that nobody has, which fit into 32 bits and differ from seed to seed', () => {
    const profile = { name: 'numbers', users: [{ path: 'number', type: 'Number', matching: 1 }], groups: [] } as const;
    const numbers = ['a', 'b'].flatMap((seed) =>
      Array.from({ length: 100 }, (_, n) => Number(new Personas(profile, seed).user(n)['number'])),
    );
    expect(new Set(numbers).size).toBe(200);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(1_000_000_000);
    expect(Math.max(...numbers)).toBeLessThan(2 ** 31);
  });

  test('have names of their own, in every revision', () => {
    const names = [1, 2, 3].flatMap((revision) =>
      Array.from({ length: 100 }, (_, n) => personas('a').user(n, revision)['userName']),
    );
    expect(new Set(names).size).toBe(300);
  });

  test('have another value for everything that changes, but for what a person is', () => {
    const [before, after] = [personas('a').user(7), personas('a').user(7, 2)];
    const same = Object.keys(before).filter((path) => before[path] === after[path]);
    expect(same).toEqual(['active']);
  });

  test('write a constant as it is, and the types of their rows', () => {
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

describe('the path of a mapping', () => {
  test.each(EVERYTHING.users.map(({ path }) => [path]))('%s is written and read at the same place', (path) => {
    const body: Draft = {};
    assignValue(body, path, 'a value');
    expect(valueAt(body as never, path)).toBe('a value');
  });

  test('with a filter is an element, the first address being the primary one', () => {
    const body: Draft = {};
    assignValue(body, 'emails[type eq "work"].value', 'w');
    assignValue(body, 'emails[type eq "home"].value', 'h');
    assignValue(body, 'roles[primary eq "True"].value', 'r');
    expect(body).toEqual({
      emails: [
        { primary: true, type: 'work', value: 'w' },
        { type: 'home', value: 'h' },
      ],
      roles: [{ primary: true, value: 'r' }],
    });
  });

  test.each(['emails[type eq work].value', 'a b', '', '.x', 'urn:', 'emails[type eq "work"'])('is not %j', (path) => {
    expect(parseAttributePath(path)).toBeUndefined();
  });
});
