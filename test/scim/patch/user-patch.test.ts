import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DomainError } from '../../../src/domain/kernel/errors.js';
import type { JsonObject, JsonValue } from '../../../src/domain/kernel/json.js';
import { attribute, complex } from '../../../src/domain/schema/attribute.js';
import { applyOperations } from '../../../src/domain/attributes/attribute-operation.js';
import { parseAttributes, type Attributes } from '../../../src/domain/attributes/attributes.js';
import { CORE_USER } from '../../../src/domain/schema/core-user.js';
import { ENTERPRISE_URN } from '../../../src/domain/schema/enterprise-user.js';
import { USER_SCHEMA } from '../../../src/domain/schema/resource-schema.js';
import { ScimError } from '../../../src/scim/protocol/errors.js';
import { DEFAULT_LIMITS } from '../../../src/scim/protocol/limits.js';
import { parsePatch } from '../../../src/scim/patch/parse-patch.js';
import { toUserCommands } from '../../../src/scim/patch/user-patch.js';

/** A PATCH that Entra or its validators have sent, and its effect on KIM. */
interface Fixture {
  readonly name: string;
  /** The public report or document with the request. */
  readonly source: string;
  /** Additional attributes of KIM. */
  readonly before?: JsonObject;
  readonly operations: JsonValue;
  /** The attributes that change; null for a removed one. */
  readonly changes?: JsonObject;
  /** The scimType of the façade or the error code of the domain if it is rejected. */
  readonly error?: string;
}

const fixtures = JSON.parse(
  readFileSync(new URL('./fixtures/entra-users.json', import.meta.url), 'utf8'),
) as readonly Fixture[];

const KIM: Attributes = {
  userName: 'kim@fabrikam.example',
  active: true,
  displayName: 'Kim',
  name: { givenName: 'Kim', familyName: 'Moss' },
  emails: [
    { type: 'work', value: 'kim@fabrikam.example', primary: true },
    { type: 'home', value: 'kim@home.example' },
  ],
  [ENTERPRISE_URN]: { department: 'Sales', manager: { value: 'm1' } },
};

function patch(before: Attributes, operations: unknown, resource = USER_SCHEMA): Attributes {
  return applyOperations(before, parsePatch({ Operations: operations }, resource), CORE_USER.urn);
}

function refusalOf(body: unknown): string | undefined {
  try {
    applyOperations(KIM, parsePatch(body, USER_SCHEMA), CORE_USER.urn);
  } catch (error) {
    if (error instanceof ScimError) return error.scimType;
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return undefined;
}

describe('a PATCH from Entra', () => {
  test.each(
    fixtures.filter((fixture) => !fixture.error).map((fixture) => [fixture.name, fixture.source, fixture] as const),
  )('%s (%s)', (_name, _source, { before, operations, changes }) => {
    const user = { ...KIM, ...before };
    const once = patch(user, operations);
    const expected = Object.entries({ ...user, ...changes }).filter(([, value]) => value !== null);
    expect(once).toEqual(Object.fromEntries(expected));
    expect(patch(once, operations)).toEqual(once);
  });

  test.each(
    fixtures.filter((fixture) => fixture.error).map((fixture) => [fixture.name, fixture.source, fixture] as const),
  )('%s (%s)', (_name, _source, { operations, error }) => {
    expect(refusalOf({ Operations: operations })).toBe(error);
  });
});

describe('the body of a PATCH', () => {
  const operations = [{ op: 'replace', path: 'title', value: 'Lead' }];

  test.each([
    ['without schemas', { Operations: operations }],
    ['with schemas', { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations }],
    ['with its keys in lower case', { schemas: [], operations }],
    ['with an id beside the operations', { id: '5f1c', Operations: operations }],
  ])('is accepted %s', (_name, body) => {
    expect(parsePatch(body, USER_SCHEMA)).toMatchObject([{ op: 'replace', value: 'Lead' }]);
  });

  test.each([
    ['null', null, 'invalidSyntax'],
    ['a list', [], 'invalidSyntax'],
    ['text', 'x', 'invalidSyntax'],
    ['no Operations', {}, 'invalidSyntax'],
    ['Operations that are no list', { Operations: {} }, 'invalidSyntax'],
    ['an operation that is no object', { Operations: ['add'] }, 'invalidSyntax'],
    ['no op', { Operations: [{ path: 'title', value: 'x' }] }, 'invalidSyntax'],
    ['an unknown op', { Operations: [{ op: 'move', path: 'title', value: 'x' }] }, 'invalidSyntax'],
    ['an op that is no text', { Operations: [{ op: 1, path: 'title', value: 'x' }] }, 'invalidSyntax'],
    ['a path that is no text', { Operations: [{ op: 'add', path: 5, value: 'x' }] }, 'invalidPath'],
    ['remove without a path', { Operations: [{ op: 'Remove', value: { title: 'x' } }] }, 'noTarget'],
    ['remove of the core schema', { Operations: [{ op: 'remove', path: CORE_USER.urn }] }, 'noTarget'],
    ['add without a value', { Operations: [{ op: 'add', path: 'title' }] }, 'invalidValue'],
    ['replace without path and value', { Operations: [{ op: 'replace' }] }, 'invalidValue'],
    ['text without a path', { Operations: [{ op: 'add', value: 'x' }] }, 'invalidValue'],
    ['text for an extension', { Operations: [{ op: 'add', path: ENTERPRISE_URN, value: 'x' }] }, 'invalidValue'],
    ['a read-only path', { Operations: [{ op: 'replace', path: 'id', value: 'x' }] }, 'mutability'],
    ['meta', { Operations: [{ op: 'replace', path: 'meta.created', value: 'x' }] }, 'mutability'],
    ['schemas', { Operations: [{ op: 'replace', path: 'schemas', value: [] }] }, 'mutability'],
    ['groups', { Operations: [{ op: 'add', path: 'groups', value: [{ value: 'g' }] }] }, 'mutability'],
    ['groups by filter', { Operations: [{ op: 'remove', path: 'groups[value eq "g"]' }] }, 'mutability'],
    ["the manager's name", { Operations: [{ op: 'add', path: 'manager.displayName', value: 'x' }] }, 'mutability'],
    ['a filter on a single value', { Operations: [{ op: 'remove', path: 'active[value eq true]' }] }, 'invalidPath'],
    ['a broken filter', { Operations: [{ op: 'remove', path: 'emails[type eq "work]' }] }, 'invalidFilter'],
    ['__proto__ as a path', { Operations: [{ op: 'add', path: '__proto__', value: { x: 1 } }] }, 'invalidPath'],
    ['constructor as a path', { Operations: [{ op: 'add', path: 'constructor.prototype', value: 1 }] }, 'invalidPath'],
    ['__proto__ as a key', JSON.parse('{"Operations":[{"op":"add","value":{"__proto__":{"x":1}}}]}'), 'invalidPath'],
    ['__proto__ for Operations', JSON.parse('{"__proto__":{"Operations":[]}}'), 'invalidSyntax'],
    [
      'core inside core',
      { Operations: [{ op: 'add', value: { [CORE_USER.urn]: { [CORE_USER.urn]: { title: 'x' } } } }] },
      'invalidPath',
    ],
  ])('is rejected with %s', (_name, body, scimType) => {
    expect(refusalOf(body)).toBe(scimType);
  });

  test('with an unknown key is rejected with an error that names the key and the URN', () => {
    const refuse = (value: JsonObject) => () => parsePatch({ Operations: [{ op: 'add', value }] }, USER_SCHEMA);
    expect(refuse({ nonsense: 1 })).toThrow('nonsense');
    expect(refuse({ 'urn:example:x:2.0:User': { size: 1 } })).toThrow('urn:example:x:2.0:User');
    expect(refuse({ 'urn:example:x:2.0:User': {}, 'urn:example:y:2.0:User': null })()).toEqual([]);
  });

  test(`has at most ${DEFAULT_LIMITS.patchOperations} operations`, () => {
    const many = (length: number) => ({ Operations: Array.from({ length }, () => operations[0]) });
    expect(parsePatch(many(DEFAULT_LIMITS.patchOperations), USER_SCHEMA)).toHaveLength(DEFAULT_LIMITS.patchOperations);
    expect(refusalOf(many(DEFAULT_LIMITS.patchOperations + 1))).toBe('tooMany');
  });

  test('with __proto__ in values changes only declared attributes', () => {
    const value = JSON.parse('{"givenName":"Kim","__proto__":{"admin":true},"constructor":{"prototype":{}}}');
    const changed = patch(KIM, [{ op: 'replace', path: 'name', value }]);
    expect(changed).toEqual(KIM);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });
});

describe('schemas inside an extension', () => {
  test.each([
    ['at the URN of the extension', { op: 'replace', path: ENTERPRISE_URN }],
    ['at the URN, to add', { op: 'add', path: ENTERPRISE_URN }],
    ['under the URN, without a path', { op: 'replace' }],
  ])('is ignored %s', (_name, operation) => {
    const value = { schemas: [ENTERPRISE_URN], SCHEMAS: null, department: 'Field' };
    const body = 'path' in operation ? value : { [ENTERPRISE_URN]: value };
    const extension = { department: 'Field', manager: { value: 'm1' } };
    expect(patch(KIM, [{ ...operation, value: body }])).toEqual({ ...KIM, [ENTERPRISE_URN]: extension });
  });

  test('is a normal attribute if the extension declares it', () => {
    const urn = 'urn:example:catalogue:2.0:User';
    const attributes = [attribute('schemas', 'Database schemas.', { multiValued: true })];
    const extension = { urn, name: 'Catalogue', description: 'Catalogue', attributes };
    const resource = { ...USER_SCHEMA, extensions: [...USER_SCHEMA.extensions, extension] };
    const operation = { op: 'add', path: urn, value: { schemas: ['public'] } };
    expect(patch(KIM, [operation], resource)[urn]).toEqual({ schemas: ['public'] });
  });
});

test('a list of strings in an extension accepts elements in objects (https://learn.microsoft.com/en-us/answers/questions/1693075/why-is-entra-id-sending-add-operations-instead-of)', () => {
  const urn = 'urn:example:greenhouse:2.0:User';
  const attributes = [
    attribute('department_ids', 'Departments.', { multiValued: true }),
    complex('badge', 'A badge.', [attribute('lost', 'Whether it is lost.', { type: 'boolean' })]),
  ];
  const extension = { urn, name: 'Greenhouse', description: 'Greenhouse', attributes };
  const resource = { ...USER_SCHEMA, extensions: [...USER_SCHEMA.extensions, extension] };
  const add = (value: JsonValue) => ({ op: 'Add', path: `${urn}:department_ids`, value });
  const patched = patch(
    KIM,
    [add([{ value: '1' }]), add('2'), { op: 'add', value: { 'badge.lost': 'True' } }],
    resource,
  );
  expect(patched[urn]).toEqual({ department_ids: ['1', '2'], badge: { lost: true } });
  const removal = { op: 'Remove', path: `${urn}:department_ids`, value: [{ value: '1' }, '', null] };
  expect(patch(patched, [removal], resource)[urn]).toEqual({ department_ids: ['2'], badge: { lost: true } });
});

test('a PATCH of a user becomes at most one command', () => {
  const operations = parsePatch({ Operations: [{ op: 'add', path: 'title', value: 'Lead' }] }, USER_SCHEMA);
  expect(toUserCommands('u1', operations)).toEqual([{ type: 'UpdateUser', id: 'u1', operations }]);
  expect(toUserCommands('u1', [])).toEqual([]);
});

describe('random operations', () => {
  const emails = fc.record(
    {
      type: fc.constantFrom('work', 'home', 'other'),
      value: fc.constantFrom('a@x.example', 'b@x.example', 'B@x.example'),
      primary: fc.constantFrom(true, false, 'True', 'False'),
    },
    { requiredKeys: ['value'] },
  );
  const ops = fc.constantFrom('add', 'Add', 'replace', 'Replace');
  const operation = fc.oneof(
    fc.record({ op: ops, path: fc.constantFrom('title', 'name.givenName', 'department'), value: fc.string() }),
    fc.record({ op: ops, path: fc.constant('active'), value: fc.constantFrom(true, false, 'True', 'False') }),
    fc.record({
      op: ops,
      path: fc.constantFrom('manager', 'manager.value'),
      value: fc.constantFrom('m1', 'm2', '', null),
    }),
    fc.record({
      op: fc.constantFrom('add', 'Add'),
      path: fc.constant('emails'),
      value: fc.uniqueArray(emails, { selector: (one) => one.type ?? '', maxLength: 1 }),
    }),
    fc.record({
      op: ops,
      path: fc.constantFrom('emails[type eq "work"].value', 'emails[type eq "other"].display'),
      value: fc.constantFrom('a@x.example', 'c@x.example', ''),
    }),
    fc.record({ op: ops, path: fc.constant('emails[type eq "home"].primary'), value: fc.constantFrom('True', false) }),
    fc.record({
      op: fc.constantFrom('remove', 'Remove'),
      path: fc.constantFrom('title', 'emails', 'emails[type eq "work"]'),
    }),
    fc.record({
      op: fc.constant('Remove'),
      path: fc.constant('emails'),
      value: fc.array(
        fc.oneof(
          emails.map(({ value }) => ({ value, $ref: null })),
          fc.constant({}),
        ),
        { maxLength: 2 },
      ),
    }),
    fc.record({ op: ops, value: fc.record({ displayName: fc.string(), 'name.familyName': fc.string() }) }),
  );
  const users = fc
    .record({ title: fc.string(), emails: fc.uniqueArray(emails, { selector: (one) => `${one.type} ${one.value}` }) })
    .map(({ title, emails: list }) =>
      parseAttributes(USER_SCHEMA, { title, emails: list.map(({ primary: _, ...one }) => one) }),
    );

  test('one operation has the same result when it is applied twice', () => {
    fc.assert(
      fc.property(users, operation, (user, one) => {
        const once = patch(user, [one]);
        expect(patch(once, [one])).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  test('the result has at most one primary email and no empty values', () => {
    fc.assert(
      fc.property(users, fc.array(operation, { maxLength: 8 }), (user, operations) => {
        const after = patch(user, operations);
        const list = (after['emails'] ?? []) as readonly JsonObject[];
        expect(list.filter((one) => one['primary'] === true).length).toBeLessThanOrEqual(1);
        expect(JSON.stringify(after)).not.toMatch(/:(null|""|\[\]|\{\})/);
      }),
      { numRuns: 500 },
    );
  });

  test('any JSON is parsed or rejected, without an internal error', () => {
    const keys = fc.constantFrom(
      'op',
      'path',
      'value',
      'Operations',
      'emails',
      'manager',
      ENTERPRISE_URN,
      '__proto__',
      'roles',
    );
    const leaf = fc.oneof(
      fc.constantFrom('add', 'remove', 'emails[type eq "work"]', 'roles', '{"value":1}', '', null, true, 5),
      keys,
    );
    const json = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.array(fc.tuple(keys, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
      ),
    })).value;
    const operations = fc.array(
      fc.record({ op: fc.constantFrom('add', 'Replace', 'remove'), path: leaf, value: json }, { requiredKeys: ['op'] }),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          json,
          operations.map((list) => ({ Operations: list })),
        ),
        (body) => {
          refusalOf(body);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
