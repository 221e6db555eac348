import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { matchingRows } from '../../../../packages/scim-rehearsal/src/profile/profile.js';
import { readProfile } from '../../../../packages/scim-rehearsal/src/profile/file/read-profile.js';
import { BUILT_IN_PROFILES } from '../../../../packages/scim-rehearsal/src/profile/built-in/built-in-profiles.js';
import { IDEO } from '../../../entra/products/ideo.js';
import { OFFICESPACE } from '../../../entra/products/officespace.js';
import { OLFEO_SAAS } from '../../../entra/products/olfeo-saas.js';
import { SOSAFE } from '../../../entra/products/sosafe.js';

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

  test('is selected by name in a file with several applications, in any case', async () => {
    const file = 'test/entra/gallery/mappings.json';
    const { name, users, groups } = await readProfile(`${file}#sosafe`);
    expect([name, users, groups]).toEqual([
      'SoSafe',
      BUILT_IN_PROFILES['sosafe']!.users,
      BUILT_IN_PROFILES['sosafe']!.groups,
    ]);
  });

  test('must be selected only if a file contains several applications', async () => {
    const file = 'test/entra/gallery/mappings.json';
    await expect(readProfile(file)).rejects.toThrow(
      `${file} contains 72 applications: select one with ${file}#NAME (Airbase, AlertMedia, Alinto Protect, Ardoq, Asana, ` +
        'Atea, Autodesk SSO, Axiad Cloud, Bentley - Automatic User Provisioning, Better Stack and 62 more)',
    );
    await expect(readProfile(`${file}#SoSave`)).rejects.toThrow('no application named SoSave: did you mean SoSafe?');
    await expect(readProfile(`${file}#Nobody`)).rejects.toThrow(
      /no application named Nobody: it has Airbase, .* 62 more$/,
    );
    const only = await write('only.json', JSON.stringify({ apps: [{ app: 'Fabrikam Desk', users: [USER_NAME] }] }));
    expect((await readProfile(only)).name).toBe('Fabrikam Desk');
    expect((await readProfile(`${only}#fabrikam desk`)).name).toBe('Fabrikam Desk');
    await expect(readProfile(`${only}#Contoso`)).rejects.toThrow('no application named Contoso: it has Fabrikam Desk');
  });

  test('can be read from every table of the gallery, with a matching attribute', async () => {
    const file = 'test/entra/gallery/mappings.json';
    const { apps } = JSON.parse(await readFile(file, 'utf8')) as { apps: ReadonlyArray<{ readonly app: string }> };
    expect(apps.length).toBe(72);
    for (const { app } of apps) {
      const { name, users, groups } = await readProfile(`${file}#${app}`);
      expect([name, matchingRows(users).length]).toEqual([app, 1]);
      expect([name, matchingRows(groups).length]).toEqual([app, groups.length > 0 ? 1 : 0]);
    }
  });

  test('can be read from the tables of a tutorial in Markdown', async () => {
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

  test('can be read from a UTF-16 file, as PowerShell writes it', async () => {
    const file = join(folder, 'utf16.json');
    await writeFile(file, `\uFEFF${JSON.stringify({ app: 'Büro', users: [USER_NAME] })}`, 'utf16le');
    expect((await readProfile(file)).name).toBe('Büro');
    expect(
      (await readProfile(await write('bom.json', '\uFEFF{"app":"Desk","users":[{"path":"userName"}]}'))).name,
    ).toBe('Desk');
  });

  test('that cannot be read is rejected with the reason', async () => {
    await expect(readProfile(join(folder, 'nowhere.json'))).rejects.toThrow(/nowhere\.json cannot be read: .*ENOENT/);
    await expect(readProfile(folder)).rejects.toThrow(/ cannot be read: .*EISDIR/);
    await expect(readProfile(await write('broken.json', '{'))).rejects.toThrow(/broken\.json is not valid JSON/);
  });

  test.each([
    ['empty.md', ' \n', 'is empty'],
    ['pictures.md', '# Tutorial\n\n![The mapping](media/mapping.png)\n', 'has no table of attributes, only images'],
    ['words.md', '# Tutorial\n\nOpen **Mappings**.\n', 'has no table of attributes'],
    [
      'other.md',
      '| Setting | Value |\n| --- | --- |\n| URL | x |\n',
      'has no table with exactly one column of target attributes',
    ],
    [
      'page.html',
      '<!doctype html>\n<p>Mappings</p>\n',
      'starts with "<!doctype html>", which has no column of target attributes',
    ],
    ['other.csv', 'name,amount\nx,1\n', 'starts with "name,amount", which has no column of target attributes'],
    ['package.json', '{"name":"x","version":"1"}', 'is JSON without users (it has name, version)'],
  ])(
    'without a mapping is rejected with its actual content and the accepted formats: %s',
    async (name, text, found) => {
      const file = await write(name, text);
      const reading = readProfile(file);
      await expect(reading).rejects.toThrow(`${file} ${found}`);
      await expect(reading).rejects.toThrow(
        /: a profile must be JSON with users and groups, .*, or CSV with a path column$/,
      );
      await expect(reading).rejects.toThrow(/^[^\n]+$/);
    },
  );
});
