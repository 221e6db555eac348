import { describe, expect, test } from '@jest/globals';
import { pathName } from '../../../src/domain/schema/attribute.js';
import { CORE_USER } from '../../../src/domain/schema/core-user.js';
import { ENTERPRISE_URN } from '../../../src/domain/schema/enterprise-user.js';
import { USER_SCHEMA } from '../../../src/domain/schema/resource-schema.js';
import { ScimError } from '../../../src/scim/protocol/errors.js';
import { parsePatchPath } from '../../../src/scim/filter/patch-path.js';

describe('a PATCH path names an attribute', () => {
  test.each([
    ['userName', CORE_USER.urn, 'userName'],
    ['NAME.GIVENNAME', CORE_USER.urn, 'name.givenName'],
    ['emails', CORE_USER.urn, 'emails'],
    ['externalId', CORE_USER.urn, 'externalId'],
    ['manager', ENTERPRISE_URN, 'manager'],
    ['manager.value', ENTERPRISE_URN, 'manager.value'],
    ['department', ENTERPRISE_URN, 'department'],
    [`${CORE_USER.urn}:name.familyName`, CORE_USER.urn, 'name.familyName'],
    [`${ENTERPRISE_URN}:manager`, ENTERPRISE_URN, 'manager'],
    [`${ENTERPRISE_URN}:manager.value`, ENTERPRISE_URN, 'manager.value'],
    [`${ENTERPRISE_URN}.manager`, ENTERPRISE_URN, 'manager'],
    [`${ENTERPRISE_URN}.Manager.value`, ENTERPRISE_URN, 'manager.value'],
    [`${CORE_USER.urn}.name.familyName`, CORE_USER.urn, 'name.familyName'],
    [`${ENTERPRISE_URN.toUpperCase()}:EMPLOYEENUMBER`, ENTERPRISE_URN, 'employeeNumber'],
  ])('%s', (text, urn, name) => {
    const { path, where } = parsePatchPath(text, USER_SCHEMA);
    expect([path.urn, pathName(path), where]).toEqual([urn, name, undefined]);
  });

  test.each([
    ['emails[type eq "work"]', 'emails'],
    ['emails[type eq "work"].value', 'emails.value'],
    ['Emails[Type EQ "work" and Primary eq "True"].Display', 'emails.display'],
    [`${CORE_USER.urn}:addresses[type eq "work"].country`, 'addresses.country'],
  ])('%s, with a filter', (text, name) => {
    const { path, where } = parsePatchPath(text, USER_SCHEMA);
    expect(pathName(path)).toBe(name);
    expect(where).toBeDefined();
  });
});

test.each([
  ['nonsense', 'invalidPath'],
  ['name.nonsense', 'invalidPath'],
  ['name.givenName.more', 'invalidPath'],
  ['emails[type eq "work"].nonsense', 'invalidPath'],
  ['emails[nonsense eq "work"].value', 'invalidPath'],
  ['nonsense[type eq "work"].value', 'invalidPath'],
  ['emails.value[type eq "work"]', 'invalidPath'],
  ['name[givenName eq "Kim"]', 'invalidPath'],
  // https://learn.microsoft.com/en-us/answers/questions/5746233/claude-ai-entra-enterprise-app-deprovisioning-user
  ['active[value eq true]', 'invalidPath'],
  ['emails[type eq "work"', 'invalidPath'],
  ['emails[type eq "work"]value', 'invalidPath'],
  ['emails[type eq "work"].value.more', 'invalidPath'],
  ['[type eq "work"]', 'invalidPath'],
  ['emails[type like "work"].value', 'invalidFilter'],
  ['emails[type eq "work].value', 'invalidFilter'],
  ['emails[].value', 'invalidFilter'],
  ['emails[primary gt true].value', 'invalidFilter'],
  ['user name', 'invalidPath'],
  ['userName/', 'invalidPath'],
  [' ', 'invalidPath'],
  ['a'.repeat(10_001), 'invalidPath'],
  [`${ENTERPRISE_URN}.nonsense`, 'invalidPath'],
  [`${ENTERPRISE_URN}.`, 'invalidPath'],
  [`${ENTERPRISE_URN}manager`, 'invalidPath'],
  [`${ENTERPRISE_URN}:nonsense`, 'invalidPath'],
  [`${ENTERPRISE_URN}:`, 'invalidPath'],
  ['urn:example:unknown:2.0:User:size', 'invalidPath'],
  ['__proto__', 'invalidPath'],
  ['constructor', 'invalidPath'],
  ['name.__proto__', 'invalidPath'],
  ['emails[__proto__ eq "x"].value', 'invalidPath'],
])('the path %.60j is rejected with %s', (text, scimType) => {
  let refusal: unknown;
  try {
    parsePatchPath(text, USER_SCHEMA);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(ScimError);
  expect(refusal).toMatchObject({ status: 400, scimType });
});
