import { describe, expect, test } from '@jest/globals';
import { toPatchBody } from '../../../../packages/scim-rehearsal/src/client/patch-body.js';
import {
  PatchWriter,
  type Change,
  type Deviation,
} from '../../../../packages/scim-rehearsal/src/simulator/dialect/patch-writer.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const WORK = 'emails[type eq "work"].value';

const CHANGES: readonly Change[] = [
  { path: WORK, value: 'kim@fabrikam.example' },
  { path: 'displayName', value: 'Kim Moss' },
  { path: 'name.familyName', value: 'Moss' },
  { path: `${ENTERPRISE}:employeeNumber`, value: 'E-31' },
  { path: 'nickName', value: 'Kim', isNew: true },
];

const flagged = (...avoid: Deviation[]) => new PatchWriter('aadOptscim062020', new Set(avoid));
const plain = (...avoid: Deviation[]) => new PatchWriter('default', new Set(avoid));

describe('the default dialect', () => {
  test('writes a capitalised operation with a path for each attribute', () => {
    expect(plain().toChange(CHANGES)).toEqual([
      { op: 'Replace', path: WORK, value: 'kim@fabrikam.example' },
      { op: 'Replace', path: 'displayName', value: 'Kim Moss' },
      { op: 'Replace', path: 'name.familyName', value: 'Moss' },
      { op: 'Replace', path: `${ENTERPRISE}:employeeNumber`, value: 'E-31' },
      { op: 'Add', path: 'nickName', value: 'Kim' },
    ]);
  });

  test('writes booleans as text', () => {
    expect(plain().toActive(false)).toEqual([{ op: 'Replace', path: 'active', value: 'False' }]);
    expect(plain().toActive(true)).toEqual([{ op: 'Replace', path: 'active', value: 'True' }]);
  });

  test('adds members with a null reference and removes them by a list', () => {
    expect(plain().toMemberAddition(['u1'])).toEqual([
      { name: 'addMember', op: 'Add', path: 'members', value: [{ $ref: null, value: 'u1' }] },
    ]);
    expect(plain().toMemberRemoval(['u1', 'u2'])).toEqual([
      { op: 'Remove', path: 'members', value: [{ value: 'u1' }, { value: 'u2' }] },
    ]);
  });

  test('writes a manager as a bare id, new or not', () => {
    const path = `${ENTERPRISE}:manager`;
    expect(plain().toManager(path, 'u1', true)).toEqual([{ op: 'Add', path, value: 'u1' }]);
    expect(plain().toManager(path, 'u1', false)).toEqual([{ op: 'Replace', path, value: 'u1' }]);
    expect(plain().toManagerRemoval(path)).toEqual([{ op: 'Remove', path }]);
  });
});

describe('the dialect of the flag', () => {
  test('writes filtered paths and additions separately, and everything else in one replace without a path', () => {
    expect(flagged().toChange(CHANGES)).toEqual([
      { op: 'replace', path: WORK, value: 'kim@fabrikam.example' },
      { op: 'add', path: 'nickName', value: 'Kim' },
      {
        op: 'replace',
        value: { displayName: 'Kim Moss', 'name.familyName': 'Moss', [`${ENTERPRISE}:employeeNumber`]: 'E-31' },
      },
    ]);
  });

  test('writes booleans, and active at its path', () => {
    expect(flagged().toActive(false)).toEqual([{ op: 'replace', path: 'active', value: false }]);
  });

  test('removes members by a filter in the path, with one operation for each', () => {
    expect(flagged().toMemberRemoval(['u1', 'u2'])).toEqual([
      { op: 'remove', path: 'members[value eq "u1"]' },
      { op: 'remove', path: 'members[value eq "u2"]' },
    ]);
    expect(flagged().toMemberAddition(['u1'])).toEqual([{ op: 'add', path: 'members', value: [{ value: 'u1' }] }]);
  });
});

describe('a deviation that the endpoint does not accept is avoided', () => {
  test.each([
    ['capital-ops', plain('capital-ops').toActive(true), [{ op: 'replace', path: 'active', value: 'True' }]],
    ['text-booleans', plain('text-booleans').toActive(true), [{ op: 'Replace', path: 'active', value: true }]],
    [
      'removal-by-value',
      plain('removal-by-value').toMemberRemoval(['u1']),
      [{ op: 'Remove', path: 'members[value eq "u1"]' }],
    ],
    [
      'removal-by-path',
      flagged('removal-by-path').toMemberRemoval(['u1']),
      [{ op: 'remove', path: 'members', value: [{ value: 'u1' }] }],
    ],
    [
      'null-refs',
      plain('null-refs').toMemberAddition(['u1']),
      [{ name: 'addMember', op: 'Add', path: 'members', value: [{ value: 'u1' }] }],
    ],
    [
      'extra-keys',
      plain('extra-keys').toMemberAddition(['u1']),
      [{ op: 'Add', path: 'members', value: [{ $ref: null, value: 'u1' }] }],
    ],
    [
      'dotted-keys',
      flagged('dotted-keys').toChange(CHANGES.slice(1, 3)),
      [
        { op: 'replace', path: 'name.familyName', value: 'Moss' },
        { op: 'replace', value: { displayName: 'Kim Moss' } },
      ],
    ],
    [
      'extension-keys',
      flagged('extension-keys').toChange(CHANGES.slice(3, 4)),
      [{ op: 'replace', path: `${ENTERPRISE}:employeeNumber`, value: 'E-31' }],
    ],
    [
      'pathless-replace',
      flagged('pathless-replace').toChange(CHANGES.slice(1, 2)),
      [{ op: 'replace', path: 'displayName', value: 'Kim Moss' }],
    ],
    [
      'manager-as-text',
      plain('manager-as-text').toManager('m', 'u1', true),
      [{ op: 'Add', path: 'm', value: { value: 'u1' } }],
    ],
  ])('%s', (_deviation, operations, expected) => {
    expect(operations).toEqual(expected);
  });
});

test('the PATCH of a group repeats the id of the group', () => {
  const Operations = [{ op: 'add', path: 'members', value: [] }];
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
  expect(toPatchBody(Operations)).toEqual({ schemas, Operations });
  expect(toPatchBody(Operations, 'g1')).toEqual({ schemas, id: 'g1', Operations });
});
