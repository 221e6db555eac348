import { describe, expect, test } from '@jest/globals';
import { isJsonObject, type JsonObject } from '../../../src/domain/kernel/json.js';
import { parseAttributes, type Attributes } from '../../../src/domain/attributes/attributes.js';
import { ENTERPRISE_URN } from '../../../src/domain/schema/enterprise-user.js';
import { GROUP_SCHEMA, USER_SCHEMA, type ResourceSchema } from '../../../src/domain/schema/resource-schema.js';
import { normalizeResource } from '../../../src/scim/provider/entra.js';

function parse(body: JsonObject, resource: ResourceSchema = USER_SCHEMA): Attributes {
  return parseAttributes(resource, normalizeResource(body, resource));
}

describe('the body of a POST or PUT', () => {
  test('schemas may have the enterprise URN without its values, roles may be empty, and meta may have a resourceType', () => {
    const body = {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', ENTERPRISE_URN],
      externalId: 'kim',
      userName: 'kim@fabrikam.example',
      active: true,
      emails: [{ primary: true, type: 'work', value: 'kim@fabrikam.example' }],
      meta: { resourceType: 'User' },
      name: { formatted: 'Kim Moss', familyName: 'Moss', givenName: 'Kim' },
      roles: [],
    };
    const { schemas: _schemas, meta: _meta, roles: _roles, ...attributes } = body;
    expect(parse(body)).toEqual(attributes);
  });

  test('values may be null, at the top level, and below a URN without its last colon, as in an official sample', () => {
    const body = {
      schemas: [
        'urn:ietf:params:scim:schemas:core:2.0:User',
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0User',
      ],
      userName: 'kim@fabrikam.example',
      active: 'True',
      addresses: null,
      title: null,
      department: null,
      manager: null,
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0User': { department: 'Sales', manager: 'm1' },
    };
    expect(parse(body)).toEqual({
      userName: 'kim@fabrikam.example',
      active: true,
      [ENTERPRISE_URN]: { department: 'Sales', manager: { value: 'm1' } },
    });
  });

  test.each([
    ['a string', 'm1'],
    ['an object', { value: 'm1', $ref: null, displayName: 'Robin' }],
    ['an array of one', [{ value: 'm1' }]],
  ])('manager may be %s (https://github.com/apache/directory-scimple/issues/1242)', (_name, manager) => {
    const expected = { userName: 'kim', [ENTERPRISE_URN]: { manager: { value: 'm1' } } };
    expect(parse({ userName: 'kim', [ENTERPRISE_URN]: { manager } })).toEqual(expected);
    expect(parse({ userName: 'kim', manager })).toEqual(expected);
    expect(parse({ userName: 'kim', [`${ENTERPRISE_URN}:manager`]: manager })).toEqual(expected);
    expect(parse({ userName: 'kim', [`${ENTERPRISE_URN}.manager`]: manager })).toEqual(expected);
  });

  test('a value in the extension takes precedence over one at the top level', () => {
    const body = { manager: 'm2', department: 'Sales', [ENTERPRISE_URN]: { Manager: 'm1' } };
    expect(parse(body)).toEqual({ [ENTERPRISE_URN]: { manager: { value: 'm1' }, department: 'Sales' } });
  });

  test('an empty manager is no manager', () => {
    expect(parse({ [ENTERPRISE_URN]: { manager: '' } })).toEqual({});
    expect(parse({ [ENTERPRISE_URN]: { manager: [] } })).toEqual({});
    expect(parse({ [ENTERPRISE_URN]: { manager: { value: '' } } })).toEqual({});
    expect(parse({ [ENTERPRISE_URN]: null })).toEqual({});
  });

  test('app roles may have the form of each of the three expressions (https://github.com/MicrosoftDocs/azure-docs/issues/50772)', () => {
    const roles = [
      { primary: true, type: 'WindowsAzureActiveDirectoryRole', value: 'Admin' },
      { primary: 'False', type: 'x', displayName: 'Readers', value: 'Reader' },
      { primary: false, display: 'Writers', displayName: 'not this', value: 'Writer' },
      { value: '{"id":"06b07648","value":"Owner","displayName":"Owners"}' },
    ];
    expect(parse({ roles })['roles']).toEqual([
      { primary: true, type: 'WindowsAzureActiveDirectoryRole', value: 'Admin' },
      { primary: false, type: 'x', display: 'Readers', value: 'Reader' },
      { primary: false, display: 'Writers', value: 'Writer' },
      { value: 'Owner', display: 'Owners' },
    ]);
  });

  test('ids, passwords and unknown bare names are ignored, in any case', () => {
    const body = {
      ID: 'x',
      Password: 'secret',
      'urn:ietf:params:scim:schemas:core:2.0:User:password': 'secret',
      nonsense: 1,
    };
    expect(parse({ ...body, USERNAME: 'kim' })).toEqual({ userName: 'kim' });
    expect(JSON.stringify(normalizeResource(body, USER_SCHEMA))).not.toContain('secret');
  });

  test('values under an unregistered URN are rejected by the domain, which names it', () => {
    expect(() => parse({ 'urn:example:unknown:2.0:User': { size: 'L' } })).toThrow('urn:example:unknown:2.0:User');
    expect(parse({ 'urn:example:unknown:2.0:User': {} })).toEqual({});
  });

  test('__proto__ and constructor are keys like any other', () => {
    const body = JSON.parse(
      `{"userName":"kim","__proto__":{"x":1},"constructor":{"y":1},"${ENTERPRISE_URN}":{"__proto__":{"z":1}}}`,
    );
    expect(parse(body)).toEqual({ userName: 'kim' });
    expect(Object.getPrototypeOf(normalizeResource(body, USER_SCHEMA))).toBe(Object.prototype);
  });

  test('schemas of a group may have the unknown ADSCIM URN', () => {
    const body = {
      schemas: [
        'urn:ietf:params:scim:schemas:core:2.0:Group',
        'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group',
      ],
      externalId: 'g-1',
      displayName: 'Field Sales',
      meta: { resourceType: 'Group' },
    };
    expect(parse(body, GROUP_SCHEMA)).toEqual({ externalId: 'g-1', displayName: 'Field Sales' });
  });

  test('members may be a list, an object or bare ids', () => {
    for (const members of [[{ value: 'u1' }], { value: 'u1' }, 'u1', ['u1']]) {
      const normalized = normalizeResource({ displayName: 'x', members }, GROUP_SCHEMA);
      expect(isJsonObject(normalized) && normalized['members']).toEqual([{ value: 'u1' }]);
    }
  });
});
