import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ProfileError, matchingRows, parseProfile, readProfile } from '../../src/rehearsal/profile.js';
import { BUILT_IN_PROFILES } from '../../src/rehearsal/profiles/built-in-profiles.js';
import { IDEO } from '../entra/products/ideo.js';
import { OFFICESPACE } from '../entra/products/officespace.js';
import { OLFEO_SAAS } from '../entra/products/olfeo-saas.js';
import { SOSAFE } from '../entra/products/sosafe.js';

const folder = await mkdtemp(join(tmpdir(), 'portico-profiles-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

const USER_NAME = { path: 'userName', type: 'String' };

describe('a profile', () => {
  test.each([
    ['olfeo-saas', OLFEO_SAAS],
    ['sosafe', SOSAFE],
    ['ideo', IDEO],
    ['officespace', OFFICESPACE],
  ])('%s is built in, with the rows of its tutorial', (name, mapping) => {
    const { users, groups } = BUILT_IN_PROFILES[name]!;
    expect(users.map(({ path }) => path)).toEqual(mapping.users.map(({ path }) => path));
    expect(groups.map(({ path }) => path)).toEqual(mapping.groups.map(({ path }) => path));
  });

  test('comes from a file of many applications by its name, in any case', async () => {
    const file = 'test/entra/gallery/mappings.json';
    const { name, users, groups } = await readProfile(`${file}#sosafe`);
    expect([name, users, groups]).toEqual([
      'SoSafe',
      BUILT_IN_PROFILES['sosafe']!.users,
      BUILT_IN_PROFILES['sosafe']!.groups,
    ]);
    await expect(readProfile(file)).rejects.toThrow(
      `${file} holds several applications: name one of them as ${file}#NAME`,
    );
    await expect(readProfile(`${file}#Nobody`)).rejects.toThrow('has no application named Nobody');
  });

  test('comes from every table of the gallery', async () => {
    const file = 'test/entra/gallery/mappings.json';
    for (const app of ['Airbase', 'AlertMedia', 'OfficeSpace Software', 'Genesys Cloud for Azure', 'Medius']) {
      const profile = await readProfile(`${file}#${app}`);
      expect([app, matchingRows(profile.users).length]).toEqual([app, 1]);
    }
  });

  test('comes from the tables of a tutorial in Markdown', async () => {
    const page = [
      '# Tutorial: Configure Fabrikam Desk for automatic user provisioning',
      '   |Attribute|Type|Supported for filtering|',
      '   |---|---|---|',
      '   |userName|String|&check;',
      '   |emails[type eq "work"].value|String|',
      'Groups:',
      '|Attribute|Type|Supported for filtering|',
      '|---|---|---|',
      '|displayName|String|&check;|',
      '|members|Reference|',
      '| Not | a mapping |',
    ].join('\n');
    expect(await readProfile(await write('desk.md', page.split('\n').slice(0, -1).join('\n')))).toEqual({
      name: 'Fabrikam Desk',
      users: [
        { ...USER_NAME, matching: 1 },
        { path: 'emails[type eq "work"].value', type: 'String' },
      ],
      groups: [
        { path: 'displayName', type: 'String', matching: 1 },
        { path: 'members', type: 'Reference' },
      ],
    });
    const file = await write('odd.md', page);
    await expect(readProfile(file)).rejects.toThrow(`${file}: groups[2]: type is a mapping, not one of String`);
  });

  test('keeps its own order of matching, sources, constants and defaults', () => {
    const row = { path: 'externalId', type: 'String', source: 'employeeId', matching: 1, constant: 'x', default: 'y' };
    const { users } = parseProfile({ users: [{ ...USER_NAME, matching: 2 }, row], groups: [] }, 'here');
    expect(matchingRows(users)).toEqual([row, { ...USER_NAME, matching: 2 }]);
  });

  test.each([
    [[], 'here is no mapping'],
    [{ groups: [] }, 'here: users must be a list of rows'],
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
    [{ users: [{ ...USER_NAME, matching: 0 }] }, 'here: users[0]: matching must be 1, 2, 3'],
    [{ users: [{ ...USER_NAME, constant: [] }] }, 'here: users[0]: constant must be text, a number or a boolean'],
    [{ users: [{ ...USER_NAME, source: 7 }] }, 'here: users[0]: source must be a name'],
    [{ users: [{ path: 'title' }] }, 'here: users have no row to match by: give one of them "matching": 1'],
    [{ users: [USER_NAME], groups: [{ path: 'members' }] }, 'here: groups have no row to match by'],
  ])('that is wrong is refused with one line that names the row: %j', (json, message) => {
    const read = () => parseProfile(json, 'here');
    expect(read).toThrow(ProfileError);
    expect(read).toThrow(message);
    expect(read).toThrow(/^[^\n]+$/);
  });

  test('that cannot be read says why', async () => {
    await expect(readProfile(join(folder, 'nowhere.json'))).rejects.toThrow(/nowhere\.json cannot be read: .*ENOENT/);
    await expect(readProfile(await write('broken.json', '{'))).rejects.toThrow(/broken\.json is not valid JSON/);
  });
});
