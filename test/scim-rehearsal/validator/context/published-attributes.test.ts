import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../../packages/scim-rehearsal/src/client/json.js';
import { readPublishedAttributes } from '../../../../packages/scim-rehearsal/src/validator/context/published-attributes.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const DESK = 'urn:ietf:params:scim:schemas:extension:desk:2.0:User';

const plain = (name: string, more: object = {}) => ({ name, type: 'string', ...more });

/** The lists that contain the only attribute of an extension. */
function listsOf(urn: string, attribute: Json, resourceTypes?: Json): string[] {
  const schemas = [
    { id: USER, attributes: [plain('userName')] },
    { id: urn, attributes: [attribute] },
  ];
  const { attributes, changeable, optional, required } = readPublishedAttributes({ Resources: schemas }, resourceTypes);
  const has = (list: typeof attributes) => list.some(({ path }) => path === `${urn}:room`);
  return Object.entries({ attributes, changeable, optional, required }).flatMap(([name, list]) =>
    has(list) ? name : [],
  );
}

describe('an attribute that /Schemas publishes', () => {
  const CASES: ReadonlyArray<readonly [string, object, readonly string[]]> = [
    ['without characteristics is sent, changed and cleared', {}, ['attributes', 'changeable', 'optional']],
    [
      'with characteristics in the wrong case is sent',
      { type: 'STRING', mutability: 'ReadWrite' },
      ['attributes', 'changeable', 'optional'],
    ],
    ['that is required is never cleared', { required: true }, ['attributes', 'changeable', 'required']],
    ['that is immutable is only sent in a POST', { mutability: 'immutable' }, ['attributes']],
    ['that is readOnly is not sent', { mutability: 'readOnly' }, []],
    ['that is writeOnly is not sent', { mutability: 'writeOnly' }, []],
    ['that is returned on request only is not sent', { returned: 'request' }, []],
    ['that is never returned is not sent', { returned: 'never' }, []],
    ['that is multi-valued is not sent', { multiValued: true }, []],
    ['that is a reference is not sent', { type: 'reference' }, []],
    ['that is binary is not sent', { type: 'binary' }, []],
    ['with sub-attributes is not sent', { type: 'complex', subAttributes: [plain('number')] }, []],
  ];

  test.each(CASES)('%s', (_name, more, lists) => {
    expect(listsOf(DESK, { name: 'room', ...more })).toEqual(lists);
  });

  test('belongs to users if a resource type says so, or by its URN if there is no resource type', () => {
    const typesWith = (...schemaExtensions: Json[]) => ({ Resources: [{ schema: USER, schemaExtensions }] });
    const urn = 'urn:example:desk';
    expect(listsOf(urn, plain('room'))).toEqual([]);
    expect(listsOf(urn, plain('room'), typesWith({ schema: urn }))).not.toEqual([]);
    expect(listsOf(DESK, plain('room'), typesWith({ schema: urn }))).toEqual([]);
  });

  test('is only selected by a filter with one of its canonical values', () => {
    const withTypes = (canonicalValues: readonly string[]) => {
      const emails = { name: 'emails', subAttributes: [plain('value'), plain('type', { canonicalValues })] };
      return readPublishedAttributes({ Resources: [{ id: USER, attributes: [emails] }] }).attributes.map(
        ({ path }) => path,
      );
    };
    const both = ['emails[type eq "work"].value', 'emails[type eq "home"].value'];
    expect(withTypes([])).toEqual(expect.arrayContaining(both));
    expect(withTypes(['Work'])).toContain(both[0]);
    expect(withTypes(['Work'])).not.toContain(both[1]);
  });
});

test('without /Schemas, Entra’s default mapping is assumed', () => {
  const { attributes, required } = readPublishedAttributes(undefined);
  const paths = attributes.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(['displayName', 'emails[type eq "work"].value']));
  expect(paths).not.toContain('roles[primary eq "True"].value');
  expect(required).toEqual([]);
});
