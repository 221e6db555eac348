import { beforeAll, expect } from '@jest/globals';
import { ENTERPRISE, listed, refusal, useProvider } from './provider.js';
import { deviation, requirement } from './requirement.js';

/* RFC 7644 §3.4.2.2: filters. */

const provider = useProvider();
const find = async (filter: string): Promise<string[]> => listed(await provider.scim.get('/Users', { filter }));
const refused = async (filter: string): Promise<unknown> => refusal(await provider.scim.get('/Users', { filter }));
const INVALID = [400, 'invalidFilter'];

beforeAll(async () => {
  await provider.createUser({
    userName: 'Anna',
    externalId: 'Ext-1',
    title: 'Boss',
    userType: 'Employee',
    name: { familyName: "O'Malley" },
    emails: [
      { value: 'anna@example.com', type: 'work', primary: true },
      { value: 'anna@home.example', type: 'home' },
    ],
    ims: [{ value: 'anna@foo.com', type: 'xmpp' }],
    x509Certificates: [{ value: 'AAAA' }],
    [ENTERPRISE]: { department: 'Sales' },
  });
  await provider.createUser({ userName: 'bert', userType: 'Intern', active: false });
  await provider.createUser({
    userName: 'carl',
    title: 'Aide',
    userType: 'Employee',
    emails: [
      { value: 'carl@home.example', type: 'work' },
      { value: 'carl@example.com', type: 'home' },
    ],
  });
});

requirement('7644-3.4.2.2-01', 'MUST', 'Only resources that match the filter are returned', async () => {
  const expected: Record<string, string[]> = {
    'userName eq "anna"': ['Anna'],
    'userName ne "anna"': ['bert', 'carl'],
    'userName co "r"': ['bert', 'carl'],
    // `ne` on a multi-valued attribute requires that no value is equal.
    'emails.value ne "carl@example.com"': ['Anna', 'bert'],
    'userName sw "b"': ['bert'],
    'userName ew "na"': ['Anna'],
    'userName gt "bert"': ['carl'],
    'userName ge "bert"': ['bert', 'carl'],
    'userName lt "bert"': ['Anna'],
    'userName le "bert"': ['Anna', 'bert'],
    'title pr': ['Anna', 'carl'],
    'name.familyName co "O\'Malley"': ['Anna'],
    'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "C"': ['carl'],
    'meta.lastModified gt "2011-05-13T04:42:34Z"': ['Anna', 'bert', 'carl'],
    'meta.lastModified lt "2011-05-13T04:42:34Z"': [],
    [`schemas eq "${ENTERPRISE}"`]: ['Anna'],
    [`not (schemas co "enterprise")`]: ['bert', 'carl'],
    'schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"': ['Anna', 'bert', 'carl'],
    'schemas pr': ['Anna', 'bert', 'carl'],
    'schemas eq "urn:ietf:params:scim:schemas:core:2.0:Group"': [],
    'title pr or userType eq "Intern"': ['Anna', 'bert', 'carl'],
    'userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")': ['Anna', 'carl'],
    'userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")': ['bert'],
    'userType eq "Employee" and (emails.type eq "work")': ['Anna', 'carl'],
    'userType eq "Employee" and emails[type eq "work" and value co "@example.com"]': ['Anna'],
    'emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]': ['Anna'],
    [`${ENTERPRISE}:department eq "sales"`]: ['Anna'],
  };
  for (const [filter, names] of Object.entries(expected)) expect([filter, await find(filter)]).toEqual([filter, names]);
});

requirement('7644-3.4.2.2-02', 'MUST', 'A filter has at least one expression', async () => {
  for (const filter of ['', ' ', '()']) expect(await refused(filter)).toEqual(INVALID);
});

requirement(
  '7644-3.4.2.2-03',
  'MUST',
  'An expression is an attribute, an operator and, except for pr, a value',
  async () => {
    for (const filter of [
      'userName',
      'userName eq',
      'eq "anna"',
      '"anna" eq userName',
      'userName "anna"',
      'title pr "x"',
    ]) {
      expect([filter, await refused(filter)]).toEqual([filter, INVALID]);
    }
  },
);

requirement(
  '7644-3.4.2.2-04',
  'MUST',
  'An ordering comparison of booleans or binaries is rejected with 400 invalidFilter',
  async () => {
    for (const operator of ['gt', 'ge', 'lt', 'le']) {
      expect(await refused(`active ${operator} true`)).toEqual(INVALID);
      expect(await refused(`x509Certificates.value ${operator} "AAAA"`)).toEqual(INVALID);
      expect(await refused(`emails[primary ${operator} true]`)).toEqual(INVALID);
    }
  },
);

requirement('7644-3.4.2.2-05', 'MUST', 'The filter in brackets must match a single element', async () => {
  expect(await find('emails[type eq "work" and value co "@example.com"]')).toEqual(['Anna']);
  expect(await find('emails.type eq "work" and emails.value co "@example.com"')).toEqual(['Anna', 'carl']);
});

requirement('7644-3.4.2.2-06', 'MUST', 'The expression in brackets is a filter on sub-attributes', async () => {
  for (const inner of ['', 'type', 'type eq', 'type is "work"', 'ims[type eq "x"]', 'type eq "work"] and [type pr']) {
    expect([inner, await refused(`emails[${inner}]`)]).toEqual([inner, INVALID]);
  }
  expect(await refused('emails[type eq "work"')).toEqual(INVALID);
  expect(await refused('title[value eq "Boss"]')).toEqual(INVALID);
  expect(await find('emails[userName eq "anna"]')).toEqual([]);
});

requirement('7644-3.4.2.2-07', 'MUST', 'A filter that violates the grammar is rejected', async () => {
  for (const filter of [
    '(userName pr',
    'userName pr)',
    'userName pr and',
    'and userName pr',
    'not userName pr',
    'userName pr title pr',
    'userName eq "anna',
    "userName eq 'anna'",
    'userName = "anna"',
    '1name pr',
    'user name pr',
    'userName pr; drop table users',
  ]) {
    expect([filter, await refused(filter)]).toEqual([filter, INVALID]);
  }
});

deviation(
  '7644-3.4.2.2-08',
  'MUST',
  'A comparison value is a JSON literal',
  'A word without quotes is read as a string, as in a sample of Entra’s and in §3.4.2.1 itself.',
  async () => {
    expect(await find('externalId eq Ext-1')).toEqual(['Anna']);
    expect(await find('(meta.resourceType eq User) or (meta.resourceType eq Group)')).toHaveLength(3);
  },
);

requirement('7644-3.4.2.2-09', 'MUST', 'Grouping takes precedence over not, not over and, and over or', async () => {
  expect(await find('userName eq "bert" or title pr and userType eq "Employee"')).toEqual(['Anna', 'bert', 'carl']);
  expect(await find('(userName eq "bert" or title pr) and userType eq "Intern"')).toEqual(['bert']);
  expect(await find('not (title pr) and userType eq "Intern" or userName eq "carl"')).toEqual(['bert', 'carl']);
  expect(await find('not (title pr or userType eq "Intern") and userName pr')).toEqual([]);
});

requirement('7644-3.4.2.2-10', 'MUST', 'A complex attribute is compared by one of its sub-attributes', async () => {
  for (const filter of ['name eq "Moss"', 'addresses co "Main"', 'meta gt "2020"']) {
    expect([filter, await refused(filter)]).toEqual([filter, INVALID]);
  }
  expect(await find('name.familyName pr')).toEqual(['Anna']);
});

requirement('7644-3.4.2.2-11', 'MUST', 'A filter on a default value matches the value that is returned', async () => {
  const { userName, active } = await provider.createUser();
  expect(active).toBe(true);
  expect(await find(`userName eq "${userName}" and active eq true and active pr`)).toEqual([userName]);
  expect(await find(`userName eq "${userName}" and active ne true`)).toEqual([]);
});

requirement('7644-3.4.2.2-12', 'MUST', 'An unknown operator is rejected with 400 invalidFilter', async () => {
  const answer = await provider.scim.get('/Users', { filter: 'userName regex "a.*"' });
  expect(refusal(answer)).toEqual(INVALID);
  expect(answer.body.detail).toMatch(/operator/);
});

requirement(
  '7644-3.4.2.2-13',
  'MUST',
  'Strings are compared with or without case, depending on caseExact',
  async () => {
    expect(await find('userName eq "ANNA"')).toEqual(['Anna']);
    expect(await find('emails.value co "ANNA@"')).toEqual(['Anna']);
    expect(await find('externalId eq "Ext-1"')).toEqual(['Anna']);
    expect(await find('externalId eq "ext-1"')).toEqual([]);
    expect(await find('externalId sw "ext"')).toEqual([]);
  },
);

requirement('7644-3.4.2.2-14', 'MUST', 'A filter on a returned URI matches the resource', async () => {
  const boss = await provider.createUser();
  const user = await provider.createUser({ [ENTERPRISE]: { manager: { value: boss.id } } });
  const group = await provider.createGroup({ members: [{ value: user.id }] });
  const ids = async (path: string, filter: string) => listed(await provider.scim.get(path, { filter }), 'id');
  expect(await ids('/Users', `meta.location eq "${user.meta.location}"`)).toEqual([user.id]);
  expect(await ids('/Users', `groups.$ref eq "${group.meta.location}"`)).toEqual([user.id]);
  expect(await ids('/Groups', `members.$ref eq "${user.meta.location}"`)).toEqual([group.id]);
  expect(await ids('/Users', `${ENTERPRISE}:manager.$ref eq "${boss.meta.location}"`)).toEqual([user.id]);
});
