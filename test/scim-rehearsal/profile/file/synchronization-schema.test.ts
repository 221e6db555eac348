import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../../packages/scim-rehearsal/src/client/json.js';
import { readProfile } from '../../../../packages/scim-rehearsal/src/profile/file/read-profile.js';
import { toMapping } from '../../../../packages/scim-rehearsal/src/profile/file/synchronization-schema.js';

const FILE = 'test/scim-rehearsal/profile/file/synchronization-schema.json';

/** An object mapping of a schema that is otherwise empty. */
function withMappings(...objectMappings: readonly Json[]) {
  return { synchronizationRules: [{ targetDirectoryName: 'customappsso', objectMappings }] };
}

describe('the schema of a provisioning job, as downloaded from Entra', () => {
  test('is a profile of the enabled mappings, with precedence, types, sources and constants', async () => {
    expect(await readProfile(FILE)).toEqual({
      name: 'customappsso',
      users: [
        { path: 'externalId', type: 'String', source: 'objectId', matching: 1 },
        { path: 'userName', type: 'String', source: 'userPrincipalName', matching: 2 },
        // An expression is replaced by Entra's default source.
        { path: 'active', type: 'Boolean' },
        { path: 'name.formatted', type: 'String' },
        // A custom attribute of the tenant.
        { path: 'urn:ietf:params:scim:schemas:extension:desk:2.0:User:skills', type: 'Array' },
        { path: 'urn:ietf:params:scim:schemas:extension:desk:2.0:User:floor', type: 'Number' },
        {
          path: 'urn:ietf:params:scim:schemas:extension:desk:2.0:User:isSynchronized',
          type: 'Boolean',
          constant: true,
        },
        { path: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager', type: 'Reference' },
      ],
      groups: [
        { path: 'displayName', type: 'String', source: 'displayName', matching: 1 },
        { path: 'members', type: 'Reference' },
      ],
    });
  });

  test('does not map a list of roles, since users without roles get none', async () => {
    expect(await readFile(FILE, 'utf8')).toContain('AppRoleAssignmentsComplex');
    expect((await readProfile(FILE)).users.map(({ path }) => path)).not.toContain('roles');
  });

  test('skips disabled mappings, and accepts names of objects without a URN', () => {
    const users = { targetObjectName: 'User', attributeMappings: [{ targetAttributeName: 'userName', source: null }] };
    const groups = { targetObjectName: 'Group', enabled: false, attributeMappings: [] };
    expect(toMapping(withMappings(users, groups), 'here')).toEqual({
      app: 'customappsso',
      users: [{ path: 'userName', type: 'String' }],
      groups: [],
    });
  });

  test('is rejected if users are mapped twice or not at all', () => {
    const users = { targetObjectName: 'User', attributeMappings: [] };
    const off = { ...users, enabled: false };
    expect(() => toMapping(withMappings(off), 'here')).toThrow(
      'here has no enabled mapping to users (it maps to User)',
    );
    expect(() => toMapping(withMappings(users, users), 'here')).toThrow('here maps users more than once');
    expect(toMapping(withMappings(users, off), 'here')['users']).toEqual([]);
  });
});
