import { describe, expect, test } from '@jest/globals';
import {
  assignValue,
  parseAttributePath,
  valueAt,
  type Draft,
} from '../../../packages/scim-rehearsal/src/client/attribute-path.js';
import { BUILT_IN_PROFILES } from '../../../packages/scim-rehearsal/src/profile/built-in/built-in-profiles.js';

const EVERYTHING = BUILT_IN_PROFILES['everything']!;

describe('an attribute path', () => {
  test.each(EVERYTHING.users.map(({ path }) => [path]))('%s assigns and reads the same value', (path) => {
    const body: Draft = {};
    assignValue(body, path, 'a value');
    expect(valueAt(body as never, path)).toBe('a value');
  });

  test('with a filter creates an element, and the first email address is the primary one', () => {
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

  test.each(['emails[type eq work].value', 'a b', '', '.x', 'urn:', 'emails[type eq "work"'])(
    'cannot be %j',
    (path) => {
      expect(parseAttributePath(path)).toBeUndefined();
    },
  );
});
