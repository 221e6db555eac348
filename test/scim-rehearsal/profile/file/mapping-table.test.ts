import { describe, expect, test } from '@jest/globals';
import { readCsv } from '../../../../packages/scim-rehearsal/src/profile/file/csv.js';
import { toMappings } from '../../../../packages/scim-rehearsal/src/profile/file/mapping-table.js';
import { readMarkdownTables } from '../../../../packages/scim-rehearsal/src/profile/file/markdown-table.js';
import { parseProfile } from '../../../../packages/scim-rehearsal/src/profile/file/parse-profile.js';

const EMAIL = 'emails[type eq "work"].value';

function read(page: string) {
  const mappings = toMappings(readMarkdownTables(page), 'page');
  return mappings.map((mapping) => parseProfile(mapping, 'page'));
}

function readTable(text: string) {
  return toMappings(readCsv(text), 'file').map((mapping) => parseProfile(mapping, 'file'));
}

describe('a mapping in Markdown', () => {
  const PORTAL = [
    { path: 'userName', type: 'String', source: 'userPrincipalName', matching: 1 },
    { path: 'active', type: 'Boolean' },
    { path: EMAIL, type: 'String', source: 'mail' },
    { path: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager', type: 'Reference' },
  ];

  test.each([
    ['Microsoft Entra ID Attribute', 'customappsso Attribute', 'Matching precedence'],
    ['Azure Active Directory Attribute', 'SCIM Attribute', 'Matching precedence'],
    ['Source attribute', 'Target attribute', 'Matching precedence'],
    ['Microsoft Entra Attribute (Source Attribute)', 'Fabrikam Attribute (Target Attribute)', 'Match objects'],
    ['Entra ID Attribute', 'Fabrikam User Attribute', 'Match objects using this attribute'],
  ])('as in the portal may have its columns in either order: %s, %s', (source, target, matching) => {
    const rows = [
      ['userPrincipalName', '`userName`', '1'],
      ['Switch(\\[IsSoftDeleted\\], , "False", "True", "True", "False")', 'active', ''],
      ['[mail]', 'emails\\[type eq “work”\\].value', ''],
      ['manager', 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager', ''],
    ];
    const head = `| ${source} | ${target} | ${matching} |\n| --- | :-- | --- |\n`;
    const [one] = read(head + rows.map((cells) => `| ${cells.join(' | ')} |\n`).join(''));
    expect(one?.users).toEqual(PORTAL);
    const swapped = `${target} | ${source} | ${matching}\n--- | --- | ---\n`;
    const [other] = read(swapped + rows.map(([from, to, order]) => `${to} | ${from} | ${order}\n`).join(''));
    expect(other?.users).toEqual(PORTAL);
  });

  test('has constants in quotes, and keeps only known sources', () => {
    const [one] = read(
      '|Source attribute|Target attribute|\n|--|--|\n|userPrincipalName|userName|\n|"Employee"|userType|\n' +
        '|False|active|\n|extensionAttribute3|title|\n|Join(" ", [givenName], [surname])|name.formatted|\n',
    );
    expect(one?.users.slice(1)).toEqual([
      { path: 'userType', type: 'String', constant: 'Employee' },
      { path: 'active', type: 'Boolean', constant: false },
      { path: 'title', type: 'String' },
      { path: 'name.formatted', type: 'String' },
    ]);
  });

  test('recognizes the table of groups by its members, regardless of the order of tables', () => {
    const [one] = read(
      '|Attribute|Type|\n|--|--|\n|displayName|String|\n|members|Reference|\n\nUsers:\n\n|Attribute|Type|\n|--|--|\n|userName|String|\n',
    );
    expect([one?.users.length, one?.groups.map(({ path }) => path)]).toEqual([1, ['displayName', 'members']]);
  });

  test('has a filter column only if its header says so, which a column of required attributes does not', () => {
    const rows = '|title|String|&check;|\n|externalId|String||\n';
    const page = (head: string) => `|Attribute|Type|${head}|\n|---|---|---|\n${rows}`;
    expect(read(page('Supported for filtering'))[0]?.users[0]).toMatchObject({ path: 'title', matching: 1 });
    expect(() => read(page('Required by Fabrikam'))).toThrow('users have no matching attribute');
  });

  test.each([
    'Setting | Value',
    'Path | Method',
    'SCIM attribute | Target attribute',
    'Entra attribute | Okta attribute | Fabrikam attribute',
    'Entra SCIM target attribute | SCIM attribute',
  ])('is ignored if the target column is not unambiguous: %s', (head) => {
    expect(read(`${head}\n--- | --- | ---\nuserName | userName | userName\n`)).toEqual([]);
  });
});

describe('a mapping in CSV', () => {
  test('contains several applications, users and groups, with quotes as in RFC 4180', () => {
    const text = [
      'app,object,path,type,filter,required',
      'Desk,User,userName,String,yes,yes',
      'Desk,User,"emails[type eq ""work""].value",String,no,yes',
      'Desk,Group,displayName,String,yes,',
      'Desk,Group,members,Reference,,',
      '"Other, Inc.",User,userName,String,true,',
    ].join('\r\n');
    const rows = [
      { path: 'userName', type: 'String', matching: 1 },
      { path: EMAIL, type: 'String' },
    ];
    expect(readTable(text)).toEqual([
      {
        name: 'Desk',
        users: rows,
        groups: [
          { path: 'displayName', type: 'String', matching: 1 },
          { path: 'members', type: 'Reference' },
        ],
      },
      { name: 'Other, Inc.', users: rows.slice(0, 1), groups: [] },
    ]);
  });

  test('may be a count of attribute paths, or a table copied with tabs or semicolons', () => {
    const counted =
      'resource,path,apps,filterable_in,types\nUser,userName,70,66,String:70\nGroup,displayName,40,39,String:40\n';
    expect(readTable(counted)[0]).toMatchObject({ users: [{ path: 'userName' }], groups: [{ path: 'displayName' }] });
    for (const separator of ['\t', ';']) {
      const copied = ['Source attribute,Target attribute,Match', 'mail,userName,1', `surname,${EMAIL},`];
      expect(readTable(copied.join('\n').replaceAll(',', separator))[0]?.users).toEqual([
        { path: 'userName', type: 'String', source: 'mail', matching: 1 },
        { path: EMAIL, type: 'String', source: 'surname' },
      ]);
    }
  });

  test('has constants in a separate column or in the source', () => {
    const text =
      'path,type,source,constant\nuserName,String,mail,\nactive,Boolean,,true\nlevel,Number,,7\nkind,,"""Guest""",\n';
    expect(readTable(text)[0]?.users.slice(1)).toEqual([
      { path: 'active', type: 'Boolean', constant: true },
      { path: 'level', type: 'Number', constant: 7 },
      { path: 'kind', type: 'String', constant: 'Guest' },
    ]);
  });
});
