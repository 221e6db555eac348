import { describe, expect, test } from '@jest/globals';
import { ProfileError, matchingRows } from '../../../../packages/scim-rehearsal/src/profile/profile.js';
import { parseProfile } from '../../../../packages/scim-rehearsal/src/profile/file/parse-profile.js';
import { ENTRA_ATTRIBUTES } from '../../../../packages/scim-rehearsal/src/profile/entra-attributes.js';
import { Personas } from '../../../../packages/scim-rehearsal/src/profile/personas.js';

const USER_NAME = { path: 'userName', type: 'String' };

describe('a mapping in JSON', () => {
  test('keeps the matching precedence, sources and constants', () => {
    const row = { path: 'externalId', type: 'String', source: 'employeeId', matching: 1 };
    const constant = { path: 'userType', type: 'String', constant: 'Employee' };
    const { users } = parseProfile({ users: [{ ...USER_NAME, matching: 2 }, row, constant], groups: [] }, 'here');
    expect(matchingRows(users)).toEqual([row, { ...USER_NAME, matching: 2 }]);
    expect(users[2]).toEqual(constant);
  });

  test('matches by the default attribute in any case, and never by a constant', () => {
    expect(parseProfile({ users: [{ path: 'UserName' }] }, 'here').users).toEqual([
      { path: 'UserName', type: 'String', matching: 1 },
    ]);
    const fixed = { path: 'userName', constant: 'everybody' };
    const { users } = parseProfile({ users: [fixed, { path: 'externalId', filter: true }] }, 'here');
    expect(matchingRows(users).map(({ path }) => path)).toEqual(['externalId']);
  });

  test('may have sources in any case, and every known source has a value', () => {
    const { users } = parseProfile({ users: [USER_NAME, { path: 'title', source: 'JOBTITLE' }] }, 'here');
    expect(users[1]).toEqual({ path: 'title', type: 'String', source: 'jobTitle' });
    for (const source of ENTRA_ATTRIBUTES) {
      const rows = [{ path: 'custom', type: 'String', source }] as const;
      const { custom } = new Personas({ name: 'one', users: rows, groups: [] }, 'seed').user(1);
      // The value of an unknown source is derived from the target.
      expect([source, custom]).not.toEqual([source, 'custom 1.1']);
    }
  });

  test.each([
    [[], 'here is not a mapping'],
    [{ groups: [] }, 'here: users must be a list of rows'],
    [{ users: [USER_NAME], gruops: [] }, 'here: unknown key "gruops": did you mean groups?'],
    [{ users: [USER_NAME], resources: [] }, 'here: unknown key "resources": known keys are app, name, users, groups'],
    [{ users: [{ ...USER_NAME, tpye: 'String' }] }, 'here: users[0]: unknown key "tpye": did you mean type?'],
    [{ users: [{ ...USER_NAME, default: 'x' }] }, 'here: users[0]: unknown key "default": known keys are path, type'],
    [{ users: [USER_NAME, 'mail'] }, 'here: users[1] must be an object with a path'],
    [{ users: [USER_NAME, {}] }, 'here: users[1] has no path'],
    [
      { users: [USER_NAME, { path: 'emails[type eq work].value' }] },
      'here: users[1]: emails[type eq work].value is not an attribute path',
    ],
    [
      { users: [USER_NAME, { path: 'title', type: 'Text' }] },
      'here: users[1]: type is Text, not one of String, Boolean',
    ],
    [{ users: [USER_NAME, USER_NAME] }, 'here: users[1] maps userName a second time'],
    [{ users: [USER_NAME, { path: 'UserName' }] }, 'here: users[1] maps UserName a second time'],
    [{ users: [{ ...USER_NAME, matching: 0 }] }, 'here: users[0]: matching must be a positive integer'],
    [{ users: [{ ...USER_NAME, matching: 1, constant: 'x' }] }, 'here: users[0] has both matching and constant'],
    [{ users: [{ ...USER_NAME, constant: [] }] }, 'here: users[0]: constant must be a string, a number or a boolean'],
    [{ users: [{ ...USER_NAME, source: 7 }] }, 'here: users[0]: source must be the name of an attribute'],
    [{ users: [{ ...USER_NAME, source: 'employeId' }] }, 'here: users[0]: unknown source employeId: did you mean'],
    [{ users: [{ ...USER_NAME, source: 'employeId' }] }, 'did you mean employeeId?'],
    [{ users: [{ ...USER_NAME, source: 'constructor' }] }, 'known attributes are userPrincipalName, mail'],
    [{ users: [{ path: 'title' }] }, 'here: users have no matching attribute: add "matching": 1 to a row'],
    [{ users: [USER_NAME], groups: [{ path: 'members' }] }, 'here: groups have no matching attribute'],
  ])('that is invalid is rejected with one line that names the row: %j', (json, message) => {
    const read = () => parseProfile(json, 'here');
    expect(read).toThrow(ProfileError);
    expect(read).toThrow(message);
    expect(read).toThrow(/^[^\n]+$/);
  });
});
