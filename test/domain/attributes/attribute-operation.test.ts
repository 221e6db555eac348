import { describe, expect, test } from '@jest/globals';
import { DomainError } from '../../../src/domain/kernel/errors.js';
import type { ComparisonOperator, Expression, Literal } from '../../../src/domain/search/expression.js';
import type { JsonValue } from '../../../src/domain/kernel/json.js';
import { attribute, complex, type AttributePath } from '../../../src/domain/schema/attribute.js';
import { applyOperations, type AttributeOperation } from '../../../src/domain/attributes/attribute-operation.js';
import type { Attributes } from '../../../src/domain/attributes/attributes.js';
import { CORE_USER } from '../../../src/domain/schema/core-user.js';
import { ENTERPRISE_URN } from '../../../src/domain/schema/enterprise-user.js';
import { MAX_ELEMENTS } from '../../../src/domain/attributes/parse-value.js';
import { findAttributePath, USER_SCHEMA } from '../../../src/domain/schema/resource-schema.js';

function path(text: string): AttributePath {
  const [name, subName] = text.split('.');
  return (
    findAttributePath(USER_SCHEMA, undefined, name!, subName) ??
    findAttributePath(USER_SCHEMA, ENTERPRISE_URN, name!, subName)!
  );
}

function equals(text: string, value: Literal): Expression {
  return { kind: 'compare', operator: 'eq', path: path(text), value };
}

type Rest = Omit<AttributeOperation, 'op' | 'path'>;

function apply(before: Attributes, op: AttributeOperation['op'], name: string, rest: Rest = {}): Attributes {
  return applyOperations(before, [{ op, path: path(name), ...rest }], CORE_USER.urn);
}

function codeOf(change: () => unknown): string {
  try {
    change();
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return 'accepted';
}

const work = { type: 'work', value: 'kim@work.example', primary: true };
const home = { type: 'home', value: 'kim@home.example' };
const kim: Attributes = { userName: 'kim', name: { givenName: 'Kim', familyName: 'Moss' }, emails: [work, home] };

describe('a single-valued attribute', () => {
  test.each<[op: AttributeOperation['op'], name: string, value: JsonValue | undefined, after: Attributes]>([
    ['add', 'title', 'Lead', { ...kim, title: 'Lead' }],
    ['replace', 'userName', 'moss', { ...kim, userName: 'moss' }],
    ['replace', 'userName', '', { name: kim['name']!, emails: [work, home] }],
    ['remove', 'userName', undefined, { name: kim['name']!, emails: [work, home] }],
    ['remove', 'title', undefined, kim],
    ['add', 'name', { familyName: 'Hill' }, { ...kim, name: { givenName: 'Kim', familyName: 'Hill' } }],
    ['replace', 'name', { FAMILYNAME: 'Hill' }, { ...kim, name: { givenName: 'Kim', familyName: 'Hill' } }],
    ['replace', 'name', { givenName: null, familyName: 'Hill' }, { ...kim, name: { familyName: 'Hill' } }],
    ['replace', 'name', { givenName: '' }, { ...kim, name: { familyName: 'Moss' } }],
    ['replace', 'name', { givenName: '', FamilyName: null }, { userName: 'kim', emails: [work, home] }],
    ['replace', 'name', { unknown: 'x' }, kim],
    ['replace', 'name', null, { userName: 'kim', emails: [work, home] }],
    ['replace', 'name', {}, { userName: 'kim', emails: [work, home] }],
    ['replace', 'name.givenName', 'Kimberly', { ...kim, name: { givenName: 'Kimberly', familyName: 'Moss' } }],
    ['replace', 'name.givenName', '', { ...kim, name: { familyName: 'Moss' } }],
    ['remove', 'name.givenName', undefined, { ...kim, name: { familyName: 'Moss' } }],
    ['remove', 'name', undefined, { userName: 'kim', emails: [work, home] }],
    ['add', 'department', 'Sales', { ...kim, [ENTERPRISE_URN]: { department: 'Sales' } }],
    ['add', 'manager', { value: 'm1' }, { ...kim, [ENTERPRISE_URN]: { manager: { value: 'm1' } } }],
    ['add', 'manager.value', 'm1', { ...kim, [ENTERPRISE_URN]: { manager: { value: 'm1' } } }],
    ['remove', 'department', undefined, kim],
  ])('%s %s %j', (op, name, value, after) => {
    const changed = apply(kim, op, name, value === undefined ? {} : { value });
    expect(changed).toEqual(after);
    expect(apply(changed, op, name, value === undefined ? {} : { value })).toEqual(after);
  });

  test('an extension without attributes is removed', () => {
    const before = { ...kim, [ENTERPRISE_URN]: { manager: { value: 'm1' } } };
    expect(apply(before, 'replace', 'manager', { value: { value: '' } })).toEqual(kim);
    expect(apply(before, 'remove', 'manager.value')).toEqual(kim);
  });

  test('a complex value clears the sub-attributes that it sets to an empty list', () => {
    const urn = 'urn:example:locker:2.0:User';
    const keys = attribute('keys', 'The keys.', { multiValued: true });
    const seal = attribute('seal', 'The seal.', { mutability: 'readOnly' });
    const locker = complex('locker', 'The locker.', [attribute('floor', 'The floor.'), keys, seal]);
    const before = { [urn]: { locker: { floor: '1', keys: ['a'], seal: 's' } } };
    const replaced = (value: JsonValue): JsonValue | undefined =>
      applyOperations(before, [{ op: 'replace', path: { urn, attribute: locker }, value }], CORE_USER.urn)[urn];
    expect(replaced({ KEYS: [] })).toEqual({ locker: { floor: '1', seal: 's' } });
    expect(replaced({ keys: [null], floor: '2' })).toEqual({ locker: { floor: '2', seal: 's' } });
    expect(replaced({ keys: ['b'], seal: null })).toEqual({ locker: { floor: '1', keys: ['b'], seal: 's' } });
  });

  test('active cannot be cleared', () => {
    expect(codeOf(() => apply(kim, 'replace', 'active', { value: null }))).toBe('INVALID_VALUE');
    expect(codeOf(() => apply(kim, 'replace', 'active', { value: '' }))).toBe('INVALID_VALUE');
  });
});

describe('a multi-valued attribute', () => {
  const other = { type: 'other', value: 'kim@other.example' };

  test.each<[name: string, op: AttributeOperation['op'], attribute: string, rest: Rest, emails: JsonValue | undefined]>(
    [
      ['add appends', 'add', 'emails', { value: [other] }, [work, home, other]],
      ['add of what is there changes nothing', 'add', 'emails', { value: [home, work] }, [work, home]],
      [
        'add of the same (type, value) merges the rest',
        'add',
        'emails',
        { value: [{ ...home, display: 'Home' }] },
        [work, { ...home, display: 'Home' }],
      ],
      [
        'the same value of another type is another element',
        'add',
        'emails',
        { value: [{ ...home, type: 'other' }] },
        [work, home, { ...home, type: 'other' }],
      ],
      [
        'a new primary element takes the flag',
        'add',
        'emails',
        { value: [{ ...other, primary: true }] },
        [{ ...work, primary: false }, home, { ...other, primary: true }],
      ],
      ['add of nothing', 'add', 'emails', { value: null }, [work, home]],
      ['replace', 'replace', 'emails', { value: [other] }, [other]],
      ['replace with nothing', 'replace', 'emails', { value: [] }, undefined],
      ['replace keeps no duplicates', 'replace', 'emails', { value: [other, other] }, [other]],
      ['remove', 'remove', 'emails', {}, undefined],
      ['remove by value', 'remove', 'emails', { value: [{ value: home.value }] }, [work]],
      ['remove by value, by its case rule', 'remove', 'emails', { value: [{ value: 'KIM@HOME.example' }] }, [work]],
      ['remove by value and type', 'remove', 'emails', { value: [{ ...home, type: 'work' }] }, [work, home]],
      ['remove of nobody', 'remove', 'emails', { value: [] }, [work, home]],
      [
        'replace of a sub-attribute in all',
        'replace',
        'emails.display',
        { value: 'K' },
        [
          { ...work, display: 'K' },
          { ...home, display: 'K' },
        ],
      ],
      [
        'remove of a sub-attribute in all',
        'remove',
        'emails.type',
        {},
        [{ value: work.value, primary: true }, { value: home.value }],
      ],
      [
        'replace of a selected element keeps what selects it',
        'replace',
        'emails',
        { where: equals('emails.type', 'work'), value: { value: 'new@work.example' } },
        [{ type: 'work', value: 'new@work.example' }, home],
      ],
      [
        'add to a selected element merges',
        'add',
        'emails',
        { where: equals('emails.type', 'WORK'), value: { display: 'W' } },
        [{ ...work, display: 'W' }, home],
      ],
      ['remove of a selected element', 'remove', 'emails', { where: equals('emails.type', 'work') }, [home]],
      [
        'replace of a sub-attribute of a selected element',
        'replace',
        'emails.value',
        { where: equals('emails.primary', true), value: 'new@work.example' },
        [{ ...work, value: 'new@work.example' }, home],
      ],
      [
        'primary of a selected element takes the flag',
        'replace',
        'emails.primary',
        { where: equals('emails.type', 'home'), value: true },
        [
          { ...work, primary: false },
          { ...home, primary: true },
        ],
      ],
      [
        'primary emptied',
        'replace',
        'emails.primary',
        { where: equals('emails.type', 'work'), value: null },
        [{ type: 'work', value: work.value }, home],
      ],
      [
        'a missing element is created',
        'replace',
        'emails.value',
        { where: equals('emails.type', 'other'), whenMissing: 'create', value: other.value },
        [work, home, other],
      ],
      [
        'a missing element is not created by clearing it',
        'replace',
        'emails.value',
        { where: equals('emails.type', 'other'), whenMissing: 'create', value: '' },
        [work, home],
      ],
      [
        'a missing element is passed over',
        'replace',
        'emails.value',
        { where: equals('emails.type', 'other'), whenMissing: 'ignore', value: 'x' },
        [work, home],
      ],
      [
        'removing a missing element',
        'remove',
        'emails',
        { where: equals('emails.type', 'other'), whenMissing: 'fail' },
        [work, home],
      ],
    ],
  )('%s', (_name, op, attribute, rest, emails) => {
    const expected = Object.fromEntries(Object.entries({ ...kim, emails }).filter(([, value]) => value !== undefined));
    const before = structuredClone(kim);
    const changed = apply(before, op, attribute, rest);
    expect(changed).toEqual(expected);
    expect(apply(changed, op, attribute, rest)).toEqual(expected);
    expect(before).toEqual(kim);
  });

  test('if several values are primary, the first one stays primary, also when the operation is repeated', () => {
    const two = { ...kim, emails: [home, { ...home, value: 'b' }] };
    const rest: Rest = { where: equals('emails.type', 'home'), value: true };
    const once = apply(two, 'replace', 'emails.primary', rest);
    expect(once['emails']).toEqual([
      { ...home, primary: true },
      { ...home, value: 'b', primary: false },
    ]);
    expect(apply(once, 'replace', 'emails.primary', rest)).toEqual(once);
  });

  test('long lists are merged, deduplicated and removed like short ones', () => {
    const emails = Array.from({ length: 100 }, (_, index) => ({ type: 'work', value: `É${index}@work.example` }));
    const added = apply(kim, 'add', 'emails', { value: emails });
    expect(added['emails']).toEqual([work, home, ...emails]);
    const named = emails.map((email, index) => ({ ...email, display: String(index) }));
    const merged = apply(added, 'add', 'emails', { value: [...named, ...named] });
    expect(merged['emails']).toEqual([work, home, ...named]);
    const shouted = emails.slice(1).map(({ value }) => ({ value: value.toUpperCase() }));
    expect(apply(merged, 'remove', 'emails', { value: shouted })['emails']).toEqual([work, home, named[0]]);
  });

  test('elements without a value are equal if all their sub-attributes are', () => {
    const bonn = { locality: 'Bonn', type: 'work' };
    const many = Array.from({ length: 20 }, (_, index) => ({ ...bonn, region: String(index) }));
    const once = apply(kim, 'add', 'addresses', { value: [bonn, ...many] });
    expect(apply(once, 'add', 'addresses', { value: [{ type: 'work', locality: 'Bonn' }] })).toEqual(once);
    expect(apply(once, 'remove', 'addresses', { value: [...many, { locality: 'Köln' }] })['addresses']).toEqual([bonn]);
  });

  test('operations see the results of earlier operations', () => {
    const operations: AttributeOperation[] = [
      { op: 'add', path: path('emails'), value: [other] },
      { op: 'replace', path: path('emails.value'), where: equals('emails.type', 'OTHER'), value: 'É' },
      { op: 'replace', path: path('emails.display'), where: equals('emails.value', 'é'), value: 'found' },
      { op: 'remove', path: path('emails.value'), where: equals('emails.value', 'É') },
      { op: 'remove', path: path('emails'), where: { kind: 'present', path: path('emails.value') } },
    ];
    expect(applyOperations(kim, operations, CORE_USER.urn)['emails']).toEqual([{ type: 'other', display: 'found' }]);
  });

  test('a missing element is created only from a filter of equalities', () => {
    const where: Expression = {
      kind: 'and',
      operands: [equals('emails.type', 'other'), equals('emails.primary', true)],
    };
    const create = (filter: Expression) =>
      apply(kim, 'add', 'emails.value', { where: filter, whenMissing: 'create', value: 'x' });
    expect(create(where)['emails']).toEqual([
      { ...work, primary: false },
      home,
      { type: 'other', primary: true, value: 'x' },
    ]);
    expect(codeOf(() => create({ kind: 'not', operand: { kind: 'present', path: path('emails.type') } }))).toBe(
      'NO_TARGET',
    );
    expect(codeOf(() => create({ kind: 'or', operands: [where, where] }))).toBe('NO_TARGET');
    expect(codeOf(() => create({ ...equals('emails.value', 'z'), operator: 'co' } as Expression))).toBe('NO_TARGET');
  });
});

describe('a filter selects the elements that a search would find', () => {
  const urn = 'urn:example:badges:2.0:User';
  const badges = complex(
    'badges',
    'Badges.',
    [
      attribute('value', 'The value.'),
      attribute('until', 'The end.', { type: 'dateTime' }),
      attribute('doors', 'What it opens.', { multiValued: true }),
      attribute('floors', 'Where it is good.', { multiValued: true, type: 'integer' }),
    ],
    { multiValued: true },
  );
  const at = (name: string): AttributePath => {
    const subAttribute = badges.subAttributes?.find((one) => one.name === name);
    return { urn, attribute: badges, ...(subAttribute && { subAttribute }) };
  };
  const one = { value: '\ue000', until: '2026-01-31T12:00:00+01:00', doors: ['Hall', 'É'], floors: [1, 2] };
  const remove = (operator: ComparisonOperator, name: string, value: Literal): Attributes =>
    applyOperations(
      { [urn]: { badges: [one] } },
      [{ op: 'remove', path: at(''), where: { kind: 'compare', path: at(name), operator, value } }],
      CORE_USER.urn,
    );

  test.each<[ComparisonOperator, string, Literal, boolean]>([
    ['eq', 'until', '2026-01-31T11:00:00.000Z', true],
    ['gt', 'until', '2026-01-31T11:30:00Z', false],
    ['lt', 'until', '2026-01-31T12:30:00+01:00', true],
    // U+1F600 sorts after U+E000, although its high surrogate does not.
    ['lt', 'value', '😀', true],
    ['gt', 'value', '😀', false],
    ['eq', 'doors', 'é', true],
    ['sw', 'doors', 'ha', true],
    ['eq', 'doors', 'Attic', false],
    ['ne', 'doors', 'hall', false],
    ['ne', 'doors', 'Attic', true],
    ['eq', 'doors', null, false],
    ['ge', 'floors', 2, true],
    ['gt', 'floors', 2, false],
  ])('%s %s %j: %s', (operator, name, value, isSelected) => {
    expect(remove(operator, name, value)).toEqual(isSelected ? {} : { [urn]: { badges: [one] } });
  });

  test('a missing element gets a list if its filter names a value of a multi-valued sub-attribute', () => {
    const where: Expression = { kind: 'compare', path: at('doors'), operator: 'eq', value: 'Hall' };
    const operation: AttributeOperation = {
      op: 'add',
      path: at('value'),
      where,
      whenMissing: 'create',
      value: 'B-1',
    };
    const made = { [urn]: { badges: [{ doors: ['Hall'], value: 'B-1' }] } };
    expect(applyOperations({}, [operation], CORE_USER.urn)).toEqual(made);
    expect(applyOperations(made, [operation], CORE_USER.urn)).toEqual(made);
  });
});

test.each<[name: string, change: () => unknown, code: string]>([
  ['a read-only attribute', () => apply(kim, 'replace', 'id', { value: 'x' }), 'READ_ONLY'],
  ['a read-only sub-attribute', () => apply(kim, 'replace', 'manager.displayName', { value: 'x' }), 'READ_ONLY'],
  ['a value of another type', () => apply(kim, 'add', 'title', { value: 5 }), 'INVALID_VALUE'],
  ['two primaries', () => apply(kim, 'add', 'emails', { value: [work, { ...home, primary: true }] }), 'INVALID_VALUE'],
  [
    'no target',
    () =>
      apply(kim, 'replace', 'emails.value', { where: equals('emails.type', 'other'), whenMissing: 'fail', value: 'x' }),
    'NO_TARGET',
  ],
  [
    'more comparing than anybody needs',
    () => {
      const emails = Array.from({ length: MAX_ELEMENTS }, (_, index) => ({ value: String(index) }));
      const where: Expression = { kind: 'or', operands: ['a', 'b', 'c'].map((value) => equals('emails.value', value)) };
      const operation: AttributeOperation = { op: 'remove', path: path('emails'), where };
      return applyOperations(
        { ...kim, emails },
        Array.from({ length: 1_000 }, () => operation),
        CORE_USER.urn,
      );
    },
    'TOO_MANY',
  ],
  [
    'more elements than there may be',
    () => {
      const emails = Array.from({ length: MAX_ELEMENTS }, (_, index) => ({ value: String(index) }));
      return apply({ ...kim, emails }, 'add', 'emails', { value: [home] });
    },
    'TOO_MANY',
  ],
])('%s is rejected', (_name, change, code) => {
  expect(codeOf(change)).toBe(code);
});
