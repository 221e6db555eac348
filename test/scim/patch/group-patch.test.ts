import { describe, expect, test } from '@jest/globals';
import { DomainError } from '../../../src/domain/kernel/errors.js';
import type { Command } from '../../../src/domain/write/command.js';
import { GROUP_SCHEMA } from '../../../src/domain/schema/resource-schema.js';
import { ScimError } from '../../../src/scim/protocol/errors.js';
import { toGroupCommands } from '../../../src/scim/patch/group-patch.js';
import { parsePatch } from '../../../src/scim/patch/parse-patch.js';

const G = '0193a1b2-0000-7000-8000-00000000000a';
const U1 = '0193a1b2-0000-7000-8000-000000000001';
const U2 = '0193a1b2-0000-7000-8000-000000000002';
const U3 = '0193a1b2-0000-7000-8000-000000000003';

function commandsOf(...operations: unknown[]): Command[] {
  return toGroupCommands(G, parsePatch({ id: G, Operations: operations }, GROUP_SCHEMA));
}

const add = (...memberIds: string[]): Command => ({ type: 'AddMembers', groupId: G, memberIds });
const remove = (...memberIds: string[]): Command => ({ type: 'RemoveMembers', groupId: G, memberIds });
const replace = (...memberIds: string[]): Command => ({ type: 'ReplaceMembers', groupId: G, memberIds });

describe('members are changed by separate commands', () => {
  test.each<[name: string, operations: unknown[], expected: Command[]]>([
    [
      'default dialect: Add of a list with null references (https://github.com/ssoready/ssoready/pull/159)',
      [{ op: 'Add', path: 'members', value: [{ $ref: null, value: U1 }, { value: U2 }] }],
      [add(U1, U2)],
    ],
    ['add of a single object', [{ op: 'add', path: 'members', value: { value: U1 } }], [add(U1)]],
    ['add of bare ids', [{ op: 'add', path: 'members', value: [U1, U2] }], [add(U1, U2)]],
    ['add of one bare id', [{ op: 'add', path: 'MEMBERS', value: U1 }], [add(U1)]],
    [
      'add with a type',
      [{ op: 'add', path: 'members', value: [{ type: 'User', value: U1, display: 'Kim' }] }],
      [add(U1)],
    ],
    ['add by filter', [{ op: 'add', path: `members[value eq "${U1}"]`, value: {} }], [add(U1)]],
    [
      'the same member twice',
      [{ op: 'add', path: 'members', value: [{ value: U1 }, { value: U1.toUpperCase() }] }],
      [add(U1)],
    ],
    ['add of nobody', [{ op: 'add', path: 'members', value: [] }], []],
    ['add of null', [{ op: 'add', path: 'members', value: null }], []],
    [
      'default dialect: Remove by value (https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/149)',
      [{ op: 'Remove', path: 'members', value: [{ $ref: null, value: U1 }] }],
      [remove(U1)],
    ],
    [
      'Remove of one of many (https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/167)',
      [{ name: 'removeMember', op: 'Remove', path: 'members', value: [{ value: U1 }] }],
      [remove(U1)],
    ],
    [
      'one removal does not empty the group (https://github.com/simpleidserver/SimpleIdServer/issues/164)',
      [{ op: 'remove', path: 'members', value: { value: U1 } }],
      [remove(U1)],
    ],
    [
      'remove by value is not a silent no-op (https://github.com/thomaspoignant/scim-patch/issues/959)',
      [{ op: 'remove', path: 'members', value: [U1, U2] }],
      [remove(U1, U2)],
    ],
    [
      'a value in a remove operation is understood (https://github.com/pingidentity/scim2/issues/174)',
      [{ op: 'remove', path: 'members', value: U1 }],
      [remove(U1)],
    ],
    [
      'flagged dialect: remove by filter (https://github.com/segment-boneyard/segment-docs/pull/6726)',
      [{ op: 'remove', path: `members[value eq "${U1}"]` }],
      [remove(U1)],
    ],
    [
      'remove of several by filter',
      [{ op: 'remove', path: `members[value eq "${U1}" or value eq "${U2}"]` }],
      [remove(U1, U2)],
    ],
    [
      'an empty or malformed removal list changes nothing (https://github.com/AzureAD/SCIMReferenceCode/issues/10)',
      [
        { op: 'Remove', path: 'members', value: [] },
        { op: 'Remove', path: 'members', value: null },
        { op: 'Remove', path: 'members', value: '' },
        { op: 'Remove', path: 'members', value: {} },
        { op: 'Remove', path: 'members', value: [{}] },
        { op: 'Remove', path: 'members', value: [{ value: null }, { $ref: null }, 5, null] },
      ],
      [],
    ],
    ['an id that can be nobody is no member', [{ op: 'Remove', path: 'members', value: [{ value: 'u1' }] }], []],
    ['such an id in a filter neither', [{ op: 'remove', path: 'members[value eq "u1"]' }], []],
    ['remove without a value empties', [{ op: 'remove', path: 'members' }], [replace()]],
    ['replace', [{ op: 'replace', path: 'members', value: [{ value: U1 }] }], [replace(U1)]],
    ['replace with nobody', [{ op: 'replace', path: 'members', value: [] }], [replace()]],
    ['replace with null', [{ op: 'Replace', path: 'members', value: null }], [replace()]],
    ['Okta: replace without a path', [{ op: 'replace', value: { id: G, members: [{ value: U1 }] } }], [replace(U1)]],
    ['add without a path', [{ op: 'add', value: { members: [{ value: U1 }] } }], [add(U1)]],
    [
      'of several operations on a member the last one counts, and each kind is one command',
      [
        { op: 'add', path: 'members', value: [{ value: U1 }] },
        { op: 'Add', path: 'members', value: [{ value: U2 }, { value: U1 }] },
        { op: 'remove', path: `members[value eq "${U1}"]` },
        { op: 'remove', path: `members[value eq "${U3}"]` },
        { op: 'add', path: 'members', value: [{ value: U3 }] },
      ],
      [remove(U1), add(U2, U3)],
    ],
    [
      'additions stay before removals where they come first',
      [
        { op: 'add', path: 'members', value: [{ value: U1 }] },
        { op: 'remove', path: `members[value eq "${U2}"]` },
        { op: 'add', path: 'members', value: [{ value: U3 }] },
      ],
      [add(U1, U3), remove(U2)],
    ],
    [
      'what comes before a replacement does not count, and what comes after is part of it',
      [
        { op: 'add', path: 'members', value: [{ value: U3 }] },
        { op: 'replace', path: 'members', value: [{ value: U1 }] },
        { op: 'replace', path: 'members', value: [{ value: U1 }, { value: U2 }] },
        { op: 'add', path: 'members', value: [{ value: U3 }] },
        { op: 'remove', path: `members[value eq "${U2}"]` },
      ],
      [replace(U1, U3)],
    ],
    [
      'an addition that is taken back is a removal',
      [
        { op: 'Add', path: 'members', value: [{ value: U1 }] },
        { op: 'Remove', path: 'members', value: [{ value: U1.toUpperCase() }] },
      ],
      [remove(U1)],
    ],
    [
      'a removal that is taken back is an addition',
      [
        { op: 'remove', path: `members[value eq "${U1}"]` },
        { op: 'add', path: 'members', value: [{ value: U1 }] },
      ],
      [add(U1)],
    ],
    [
      'a group that is emptied and filled again is replaced',
      [
        { op: 'remove', path: 'members' },
        { op: 'add', path: 'members', value: [{ value: U2 }] },
      ],
      [replace(U2)],
    ],
  ])('%s', (_name, operations, expected) => {
    expect(commandsOf(...operations)).toEqual(expected);
  });

  test('attributes and members become separate commands, whatever their order', () => {
    const commands = commandsOf(
      { op: 'Add', path: 'members', value: [{ value: U1 }] },
      { op: 'Replace', path: 'displayName', value: 'Field Sales' },
      { op: 'Add', path: 'members', value: [{ value: U2 }] },
      { op: 'replace', value: { id: G, externalId: 'g-1' } },
    );
    expect(commands).toMatchObject([
      { type: 'UpdateGroup', id: G, operations: [{ value: 'Field Sales' }, { value: 'g-1' }] },
      add(U1, U2),
    ]);
  });

  test('no operations are no commands', () => {
    expect(commandsOf()).toEqual([]);
  });

  test('100,000 members become one command', () => {
    const ids = Array.from(
      { length: 100_000 },
      (_, index) => `0193a1b2-0000-7000-8000-${String(index).padStart(12, '0')}`,
    );
    expect(commandsOf({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) })).toEqual([add(...ids)]);
  });
});

test.each<[name: string, operation: unknown, refusal: string]>([
  ['an id that can be nobody, added', { op: 'add', path: 'members', value: [{ value: 'u1' }] }, 'INVALID_REFERENCE'],
  ['an id that can be nobody, replaced', { op: 'replace', path: 'members', value: ['u1'] }, 'INVALID_REFERENCE'],
  ['a member without a value', { op: 'add', path: 'members', value: [{ display: 'Kim' }] }, 'INVALID_VALUE'],
  ['a member that is a number', { op: 'add', path: 'members', value: [5] }, 'INVALID_VALUE'],
  ['another filter', { op: 'remove', path: 'members[type eq "User"]' }, 'invalidPath'],
  ['a filter by not', { op: 'remove', path: `members[not (value eq "${U1}")]` }, 'invalidPath'],
  ['a filter by ne', { op: 'remove', path: `members[value ne "${U1}"]` }, 'invalidPath'],
  ['a filter by null', { op: 'remove', path: 'members[value eq null]' }, 'invalidPath'],
  ['replace by filter', { op: 'replace', path: `members[value eq "${U1}"]`, value: { value: U2 } }, 'mutability'],
  ['a member changed', { op: 'replace', path: `members[value eq "${U1}"].type`, value: 'Group' }, 'mutability'],
  ['the name of a member', { op: 'replace', path: `members[value eq "${U1}"].display`, value: 'x' }, 'mutability'],
  ['id', { op: 'replace', path: 'id', value: U1 }, 'mutability'],
  ['password, which groups have not', { op: 'replace', path: 'password', value: 'x' }, 'invalidPath'],
])('%s is rejected', (_name, operation, refusal) => {
  let thrown: unknown;
  try {
    commandsOf(operation);
  } catch (error) {
    thrown = error;
  }
  const code = thrown instanceof ScimError ? thrown.scimType : thrown instanceof DomainError ? thrown.code : thrown;
  expect(code).toBe(refusal);
});
