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

describe('the schema of a provisioning job, as Entra lets you download it', () => {
  test('is a profile: what is enabled, with its order, types, sources and constants', async () => {
    expect(await readProfile(FILE)).toEqual({
      name: 'customappsso',
      users: [
        { path: 'externalId', type: 'String', source: 'objectId', matching: 1 },
        { path: 'userName', type: 'String', source: 'userPrincipalName', matching: 2 },
        // An expression stands for what Entra maps there by default.
        { path: 'active', type: 'Boolean' },
        { path: 'name.formatted', type: 'String' },
        // An attribute of the tenant's own.
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

  test('maps no roles where they are a list: whoever has none gets none', async () => {
    expect(await readFile(FILE, 'utf8')).toContain('AppRoleAssignmentsComplex');
    expect((await readProfile(FILE)).users.map(({ path }) => path)).not.toContain('roles');
  });

  test('takes no groups where their mapping is off, and names of objects without a URN', () => {
    const users = { targetObjectName: 'User', attributeMappings: [{ targetAttributeName: 'userName', source: null }] };
    const groups = { targetObjectName: 'Group', enabled: false, attributeMappings: [] };
    expect(toMapping(withMappings(users, groups), 'here')).toEqual({
      app: 'customappsso',
      users: [{ path: 'userName', type: 'String' }],
      groups: [],
    });
  });

  test('is refused where users are not mapped, or twice', () => {
    const users = { targetObjectName: 'User', attributeMappings: [] };
    const off = { ...users, enabled: false };
    expect(() => toMapping(withMappings(off), 'here')).toThrow(
      'here has no enabled mapping to users (it maps to User)',
    );
    expect(() => toMapping(withMappings(users, users), 'here')).toThrow('here maps users more than once');
    expect(toMapping(withMappings(users, off), 'here')['users']).toEqual([]);
  });
});
