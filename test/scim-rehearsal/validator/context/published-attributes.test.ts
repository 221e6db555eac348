import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../../packages/scim-rehearsal/src/client/json.js';
import { readPublished } from '../../../../packages/scim-rehearsal/src/validator/context/published-attributes.js';
import { isSameValue } from '../../../../packages/scim-rehearsal/src/validator/context/sample-values.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const DESK = 'urn:ietf:params:scim:schemas:extension:desk:2.0:User';

const plain = (name: string, more: object = {}) => ({ name, type: 'string', ...more });

/** What is published of an extension with one attribute, by the names of the lists that it is in. */
function listsOf(urn: string, attribute: Json, resourceTypes?: Json): string[] {
  const schemas = [
    { id: USER, attributes: [plain('userName')] },
    { id: urn, attributes: [attribute] },
  ];
  const { attributes, changeable, optional, needed } = readPublished({ Resources: schemas }, resourceTypes);
  const has = (list: typeof attributes) => list.some(({ path }) => path === `${urn}:room`);
  return Object.entries({ attributes, changeable, optional, needed }).flatMap(([name, list]) =>
    has(list) ? name : [],
  );
}

describe('an attribute that /Schemas publishes', () => {
  const CASES: ReadonlyArray<readonly [string, object, readonly string[]]> = [
    ['that says nothing of itself is sent, changed and emptied', {}, ['attributes', 'changeable', 'optional']],
    [
      'in other letters than those of RFC 7643 is sent',
      { type: 'STRING', mutability: 'ReadWrite' },
      ['attributes', 'changeable', 'optional'],
    ],
    ['that is required is never emptied', { required: true }, ['attributes', 'changeable', 'needed']],
    ['that is immutable is sent at creation only', { mutability: 'immutable' }, ['attributes']],
    ['that is readOnly is not sent', { mutability: 'readOnly' }, []],
    ['that is writeOnly is not sent', { mutability: 'writeOnly' }, []],
    ['that is returned on request only is not sent', { returned: 'request' }, []],
    ['that is never returned is not sent', { returned: 'never' }, []],
    ['of many values is not sent', { multiValued: true }, []],
    ['that is a reference is not sent', { type: 'reference' }, []],
    ['that is binary is not sent', { type: 'binary' }, []],
    ['with parts is not sent', { type: 'complex', subAttributes: [plain('number')] }, []],
  ];

  test.each(CASES)('%s', (_name, more, lists) => {
    expect(listsOf(DESK, { name: 'room', ...more })).toEqual(lists);
  });

  test('belongs to users when a resource type says so, and by its name where none does', () => {
    const typesWith = (...schemaExtensions: Json[]) => ({ Resources: [{ schema: USER, schemaExtensions }] });
    const urn = 'urn:example:desk';
    expect(listsOf(urn, plain('room'))).toEqual([]);
    expect(listsOf(urn, plain('room'), typesWith({ schema: urn }))).not.toEqual([]);
    expect(listsOf(DESK, plain('room'), typesWith({ schema: urn }))).toEqual([]);
  });

  test('is found by a filter only where its published types have the one that is filtered for', () => {
    const withTypes = (canonicalValues: readonly string[]) => {
      const emails = { name: 'emails', subAttributes: [plain('value'), plain('type', { canonicalValues })] };
      return readPublished({ Resources: [{ id: USER, attributes: [emails] }] }).attributes.map(({ path }) => path);
    };
    const both = ['emails[type eq "work"].value', 'emails[type eq "home"].value'];
    expect(withTypes([])).toEqual(expect.arrayContaining(both));
    expect(withTypes(['Work'])).toContain(both[0]);
    expect(withTypes(['Work'])).not.toContain(both[1]);
  });
});

test('without /Schemas, what Entra maps by default is taken to be there', () => {
  const { attributes, needed } = readPublished(undefined);
  const paths = attributes.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(['displayName', 'emails[type eq "work"].value']));
  expect(paths).not.toContain('roles[primary eq "True"].value');
  expect(needed).toEqual([]);
});

test.each<[string | number | boolean, Json, boolean]>([
  ['2026-03-01T09:30:00Z', '2026-03-01T10:30:00.000+01:00', true],
  ['2026-03-01T09:30:00Z', '2026-03-01T09:30:01Z', false],
  ['2026-03-01', '2026-03-01T00:00:00Z', false],
  ['+1 (425) 555-0100', '+14255550100', false],
  [7.25, 7.25, true],
  [7, '7', false],
  [true, 'true', false],
])('%j that comes back as %j is the same: %j', (sent, stored, isSame) => {
  expect(isSameValue(sent, stored)).toBe(isSame);
});
