import { describe, expect, test } from '@jest/globals';
import { ProfileError, matchingRows } from '../../../../packages/scim-rehearsal/src/profile/profile.js';
import { parseProfile } from '../../../../packages/scim-rehearsal/src/profile/file/parse-profile.js';
import { ENTRA_ATTRIBUTES, Personas } from '../../../../packages/scim-rehearsal/src/profile/personas.js';

const USER_NAME = { path: 'userName', type: 'String' };

describe('a mapping in JSON', () => {
  test('keeps its own order of matching, sources and constants', () => {
    const row = { path: 'externalId', type: 'String', source: 'employeeId', matching: 1 };
    const constant = { path: 'userType', type: 'String', constant: 'Employee' };
    const { users } = parseProfile({ users: [{ ...USER_NAME, matching: 2 }, row, constant], groups: [] }, 'here');
    expect(matchingRows(users)).toEqual([row, { ...USER_NAME, matching: 2 }]);
    expect(users[2]).toEqual(constant);
  });

  test('matches by the usual row in any case, and never by a constant', () => {
    expect(parseProfile({ users: [{ path: 'UserName' }] }, 'here').users).toEqual([
      { path: 'UserName', type: 'String', matching: 1 },
    ]);
    const fixed = { path: 'userName', constant: 'everybody' };
    const { users } = parseProfile({ users: [fixed, { path: 'externalId', filter: true }] }, 'here');
    expect(matchingRows(users).map(({ path }) => path)).toEqual(['externalId']);
  });

  test('names sources in any case, each of which people have a value of', () => {
    const { users } = parseProfile({ users: [USER_NAME, { path: 'title', source: 'JOBTITLE' }] }, 'here');
    expect(users[1]).toEqual({ path: 'title', type: 'String', source: 'jobTitle' });
    for (const source of ENTRA_ATTRIBUTES) {
      const rows = [{ path: 'custom', type: 'String', source }] as const;
      const { custom } = new Personas({ name: 'one', users: rows, groups: [] }, 'seed').user(1);
      // What nothing is known of is made of the target's name.
      expect([source, custom]).not.toEqual([source, 'custom 1.1']);
    }
  });

  test.each([
    [[], 'here is no mapping'],
    [{ groups: [] }, 'here: users must be a list of rows'],
    [{ users: [USER_NAME], gruops: [] }, 'here: nothing is known of "gruops": did you mean groups?'],
    [
      { users: [USER_NAME], resources: [] },
      'here: nothing is known of "resources": known are app, name, users, groups',
    ],
    [{ users: [{ ...USER_NAME, tpye: 'String' }] }, 'here: users[0]: nothing is known of "tpye": did you mean type?'],
    [
      { users: [{ ...USER_NAME, default: 'x' }] },
      'here: users[0]: nothing is known of "default": known are path, type',
    ],
    [{ users: [USER_NAME, 'mail'] }, 'here: users[1] must be an object with a path'],
    [{ users: [USER_NAME, {}] }, 'here: users[1] has no path'],
    [
      { users: [USER_NAME, { path: 'emails[type eq work].value' }] },
      'here: users[1]: emails[type eq work].value is no',
    ],
    [
      { users: [USER_NAME, { path: 'title', type: 'Text' }] },
      'here: users[1]: type is Text, not one of String, Boolean',
    ],
    [{ users: [USER_NAME, USER_NAME] }, 'here: users[1] writes userName a second time'],
    [{ users: [USER_NAME, { path: 'UserName' }] }, 'here: users[1] writes UserName a second time'],
    [{ users: [{ ...USER_NAME, matching: 0 }] }, 'here: users[0]: matching must be 1, 2, 3'],
    [{ users: [{ ...USER_NAME, matching: 1, constant: 'x' }] }, 'here: users[0] matches by a constant'],
    [{ users: [{ ...USER_NAME, constant: [] }] }, 'here: users[0]: constant must be text, a number or a boolean'],
    [{ users: [{ ...USER_NAME, source: 7 }] }, 'here: users[0]: source must be a name'],
    [{ users: [{ ...USER_NAME, source: 'employeId' }] }, 'here: users[0]: source is employeId, which nobody here has'],
    [{ users: [{ ...USER_NAME, source: 'employeId' }] }, 'did you mean employeeId?'],
    [{ users: [{ ...USER_NAME, source: 'constructor' }] }, 'known are userPrincipalName, mail'],
    [{ users: [{ path: 'title' }] }, 'here: users have no row to match by: give one of them "matching": 1'],
    [{ users: [USER_NAME], groups: [{ path: 'members' }] }, 'here: groups have no row to match by'],
  ])('that is wrong is refused with one line that names the row: %j', (json, message) => {
    const read = () => parseProfile(json, 'here');
    expect(read).toThrow(ProfileError);
    expect(read).toThrow(message);
    expect(read).toThrow(/^[^\n]+$/);
  });
});
