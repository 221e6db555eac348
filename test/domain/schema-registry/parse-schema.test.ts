import { describe, expect, test } from '@jest/globals';
import { DomainError } from '../../../src/domain/kernel/errors.js';
import type { JsonObject, JsonValue } from '../../../src/domain/kernel/json.js';
import type { SchemaDeclaration } from '../../../src/domain/schema/attribute.js';
import { keepsValues, parseSchema } from '../../../src/domain/schema-registry/parse-schema.js';

const URN = 'urn:example:params:scim:badge:2.0:User';

function schemaOf(...attributes: readonly JsonValue[]): JsonObject {
  return { id: URN, name: 'Badge', description: 'Badges', attributes };
}

function pathOf(value: JsonValue | undefined): string | undefined {
  try {
    parseSchema(value);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'INVALID_VALUE') return error.path;
    throw error;
  }
  return 'accepted';
}

describe('a Schema resource', () => {
  test('has the defaults of RFC 7643 §2.2 for omitted characteristics', () => {
    expect(parseSchema({ id: 'URN:Example:x', attributes: [{ name: 'size', multiValued: null }] })).toEqual({
      urn: 'urn:Example:x',
      name: 'urn:Example:x',
      description: '',
      attributes: [
        {
          name: 'size',
          description: '',
          type: 'string',
          multiValued: false,
          required: false,
          caseExact: false,
          mutability: 'readWrite',
          returned: 'default',
          uniqueness: 'none',
        },
      ],
    });
  });

  test('keeps every given characteristic', () => {
    const sub = {
      name: '$ref',
      type: 'reference',
      description: 'Where',
      multiValued: false,
      required: true,
      caseExact: true,
      mutability: 'immutable',
      returned: 'request',
      uniqueness: 'global',
      referenceTypes: ['User', 'uri'],
    };
    const attribute = {
      name: 'door.A-1_x',
      type: 'complex',
      description: 'A door',
      multiValued: true,
      required: true,
      caseExact: false,
      mutability: 'readOnly',
      returned: 'always',
      uniqueness: 'none',
      canonicalValues: ['a', 'b'],
      subAttributes: [sub],
    };
    const schema = { schemas: ['x'], meta: {}, ...schemaOf(attribute) };
    expect(parseSchema(schema)).toEqual({ urn: URN, name: 'Badge', description: 'Badges', attributes: [attribute] });
  });

  test('writeOnly attributes are returned never; references and binaries are case-exact', () => {
    const [secret, photo, link] = parseSchema(
      schemaOf({ name: 'a', mutability: 'writeOnly' }, { name: 'b', type: 'binary' }, { name: 'c', type: 'reference' }),
    ).attributes;
    expect([secret?.returned, photo?.caseExact, link?.caseExact]).toEqual(['never', true, true]);
  });

  const sub = (attribute: JsonObject): JsonObject =>
    schemaOf({ name: 'a', type: 'complex', subAttributes: [attribute] });
  test.each<[string, JsonValue | undefined, string]>([
    ['nothing', undefined, 'schema'],
    ['a list', [], 'schema'],
    ['no URN', { attributes: [{ name: 'a' }] }, 'id'],
    ['a URN without a colon', { ...schemaOf({ name: 'a' }), id: 'urn:example' }, 'id'],
    ['a URN with a space', { ...schemaOf({ name: 'a' }), id: 'urn:example:a b' }, 'id'],
    ['a URN with a comma', { ...schemaOf({ name: 'a' }), id: 'urn:example:a,b' }, 'id'],
    ['a URN with brackets', { ...schemaOf({ name: 'a' }), id: 'urn:example:a[b]' }, 'id'],
    ['a URN that ends in a colon', { ...schemaOf({ name: 'a' }), id: `${URN}:` }, 'id'],
    ['a URL', { ...schemaOf({ name: 'a' }), id: 'https://example.com/schema' }, 'id'],
    ['a long URN', { ...schemaOf({ name: 'a' }), id: `urn:example:${'x'.repeat(200)}` }, 'id'],
    ['the core User', { ...schemaOf({ name: 'a' }), id: 'urn:ietf:params:scim:schemas:core:2.0:User' }, 'id'],
    ['a core schema to be', { ...schemaOf({ name: 'a' }), id: 'urn:ietf:params:scim:schemas:CORE:2.0:X' }, 'id'],
    ['a message', { ...schemaOf({ name: 'a' }), id: 'urn:ietf:params:scim:api:messages:2.0:PatchOp' }, 'id'],
    [
      'enterprise',
      { ...schemaOf({ name: 'a' }), id: 'urn:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:User' },
      'id',
    ],
    ['a name that is no text', { ...schemaOf({ name: 'a' }), name: 1 }, 'name'],
    ['text that cannot be kept', { ...schemaOf({ name: 'a' }), description: 'a\0' }, 'description'],
    ['no attributes', schemaOf(), 'attributes'],
    [
      'too many attributes',
      schemaOf(...Array.from({ length: 301 }, (_, index) => ({ name: `a${index}` }))),
      'attributes',
    ],
    ['an attribute that is no object', schemaOf('a'), 'attributes.0'],
    ['no attribute name', schemaOf({}), 'attributes.0.name'],
    ['a name that begins with a digit', schemaOf({ name: '1a' }), 'attributes.0.name'],
    ['a name with a space', schemaOf({ name: 'a b' }), 'attributes.0.name'],
    ['a name with a colon', schemaOf({ name: 'a:b' }), 'attributes.0.name'],
    ['a name with a quote', schemaOf({ name: "a'b" }), 'attributes.0.name'],
    ['a name that ends in a dot', schemaOf({ name: 'a.' }), 'attributes.0.name'],
    ['__proto__', JSON.parse('{"id":"urn:example:x","attributes":[{"name":"__proto__"}]}'), 'attributes.0.name'],
    ['constructor', schemaOf({ name: 'Constructor' }), 'attributes.0.name'],
    ['a long name', schemaOf({ name: 'a'.repeat(101) }), 'attributes.0.name'],
    ['the same name twice', schemaOf({ name: 'size' }, { name: 'SIZE' }), 'attributes.1.name'],
    ['an unknown type', schemaOf({ name: 'a', type: 'text' }), 'attributes.0.type'],
    ['a flag as text', schemaOf({ name: 'a', multiValued: 'true' }), 'attributes.0.multiValued'],
    ['an unknown mutability', schemaOf({ name: 'a', mutability: 'never' }), 'attributes.0.mutability'],
    ['an unknown returned', schemaOf({ name: 'a', returned: 'yes' }), 'attributes.0.returned'],
    ['an unknown uniqueness', schemaOf({ name: 'a', uniqueness: 'yes' }), 'attributes.0.uniqueness'],
    ['a unique truth', schemaOf({ name: 'a', type: 'boolean', uniqueness: 'server' }), 'attributes.0.uniqueness'],
    [
      'write only but shown',
      schemaOf({ name: 'a', mutability: 'writeOnly', returned: 'always' }),
      'attributes.0.returned',
    ],
    [
      'canonical values that are no texts',
      schemaOf({ name: 'a', canonicalValues: [1] }),
      'attributes.0.canonicalValues',
    ],
    ['complex without sub-attributes', schemaOf({ name: 'a', type: 'complex' }), 'attributes.0.subAttributes'],
    [
      'plain with sub-attributes',
      schemaOf({ name: 'a', subAttributes: [{ name: 'b' }] }),
      'attributes.0.subAttributes',
    ],
    ['complex in complex', sub({ name: 'b', type: 'complex' }), 'attributes.0.subAttributes.0.type'],
    ['a sub-attribute without a name', sub({ type: 'string' }), 'attributes.0.subAttributes.0.name'],
    [
      'a dotted name that is a sub-attribute too',
      schemaOf({ name: 'a.B' }, { name: 'A', type: 'complex', subAttributes: [{ name: 'b' }] }),
      'attributes.1.subAttributes',
    ],
  ])('is rejected: %s', (_what, schema, path) => {
    expect(pathOf(schema)).toBe(path);
  });
});

describe('stored values stay valid', () => {
  const before = parseSchema(
    schemaOf(
      { name: 'a' },
      { name: 'b', type: 'complex', subAttributes: [{ name: 'c' }] },
      { name: 'r', required: true },
    ),
  );
  const [a, b, r] = before.attributes;
  const withAttributes = (...attributes: unknown[]): SchemaDeclaration =>
    ({ ...before, attributes }) as SchemaDeclaration;

  test.each<[boolean, string, SchemaDeclaration]>([
    [true, 'under the same schema', before],
    [true, 'with another description', { ...before, description: 'new' }],
    [true, 'with one attribute more', withAttributes(a, b, r, { ...a, name: 'd' })],
    [true, 'when what was required no longer is', withAttributes(a, b, { ...r, required: false })],
    [true, 'with canonical values', withAttributes({ ...a, canonicalValues: ['x'] }, b, r)],
    [false, 'under another spelling of the URN', { ...before, urn: URN.toUpperCase() }],
    [false, 'without an attribute', withAttributes(a, b)],
    [false, 'with another spelling of a name', withAttributes({ ...a, name: 'A' }, b, r)],
    [false, 'with another type', withAttributes({ ...a, type: 'integer' }, b, r)],
    [false, 'as a list', withAttributes({ ...a, multiValued: true }, b, r)],
    [false, 'with another case rule', withAttributes({ ...a, caseExact: true }, b, r)],
    [false, 'when they become unique', withAttributes({ ...a, uniqueness: 'server' }, b, r)],
    [false, 'when they become required', withAttributes({ ...a, required: true }, b, r)],
    [false, 'with a required attribute more', withAttributes(a, b, r, { ...a, name: 'd', required: true })],
    [false, 'without a sub-attribute', withAttributes(a, { ...b, subAttributes: [{ ...a, name: 'x' }] }, r)],
  ])('%s: %s', (keeps, _what, after) => {
    expect(keepsValues(before, after)).toBe(keeps);
  });
});
