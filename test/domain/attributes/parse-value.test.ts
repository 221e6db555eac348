import { describe, expect, test } from '@jest/globals';
import { DomainError } from '../../../src/domain/kernel/errors.js';
import type { JsonValue } from '../../../src/domain/kernel/json.js';
import { attribute, complex, findAttribute, type AttributeDeclaration } from '../../../src/domain/schema/attribute.js';
import { CORE_USER } from '../../../src/domain/schema/core-user.js';
import { isDateTime, toInstant } from '../../../src/domain/schema/date-time.js';
import { MAX_ELEMENTS, MAX_TEXT_LENGTH, parseValue } from '../../../src/domain/attributes/parse-value.js';

const core = (name: string): AttributeDeclaration => findAttribute(CORE_USER.attributes, name)!;
const integer = attribute('count', 'A count.', { type: 'integer' });
const decimal = attribute('size', 'A size.', { type: 'decimal' });
const dateTime = attribute('hired', 'A day.', { type: 'dateTime' });
const binary = attribute('key', 'A key.', { type: 'binary' });
const tags = attribute('tags', 'Tags.', { multiValued: true });
const badge = complex('badge', 'A badge.', [
  attribute('number', 'Its number.'),
  attribute('seen', 'Read only.', { mutability: 'readOnly' }),
]);

function refusalOf(declaration: AttributeDeclaration, value: JsonValue): DomainError {
  try {
    parseValue(declaration, value);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('The value was accepted');
}

describe('a valid value is kept as it was sent', () => {
  test.each<[AttributeDeclaration, JsonValue]>([
    [core('title'), ' Vice  President '],
    [core('active'), false],
    [integer, -5],
    [decimal, 1.5],
    [dateTime, '2026-02-28T23:59:59.123+14:00'],
    [binary, 'TUlJ+/=='],
    [tags, ['a', 'b', 'a']],
    [core('name'), { givenName: 'Kim' }],
    [
      core('emails'),
      [
        { value: 'a', type: 'anything', primary: false },
        { value: 'b', primary: true },
      ],
    ],
  ])('$name', (declaration, value) => {
    expect(parseValue(declaration, value)).toEqual(value);
  });

  const A = { value: 'a', type: 'work' };

  test.each<[string, JsonValue, JsonValue]>([
    ['what the later one says beyond', [A, { ...A, display: 'A' }], [{ ...A, display: 'A' }]],
    [
      'what the later one says otherwise',
      [
        { ...A, display: 'A' },
        { ...A, display: 'B' },
      ],
      [{ ...A, display: 'B' }],
    ],
    ['what only the first one says', [{ ...A, display: 'A' }, A], [{ ...A, display: 'A' }]],
    ['the place of the first one', [A, { value: 'b' }, A], [A, { value: 'b' }]],
    [
      'one flag of two',
      [{ ...A, primary: true }, { value: 'b' }, { ...A, primary: true }],
      [{ ...A, primary: true }, { value: 'b' }],
    ],
    [
      'a flag that was taken back',
      [
        { ...A, primary: true },
        { ...A, primary: false },
      ],
      [{ ...A, primary: false }],
    ],
    [
      'another type',
      [A, { value: 'a', type: 'home' }, { value: 'a' }],
      [A, { value: 'a', type: 'home' }, { value: 'a' }],
    ],
    ['another case', [A, { value: 'A', type: 'work' }], [A, { value: 'A', type: 'work' }]],
  ])('duplicates of type and value are removed, with %s', (_what, sent, kept) => {
    expect(parseValue(core('emails'), sent)).toEqual(kept);
  });

  test('duplicate elements without a value are removed if all sub-attributes are equal', () => {
    const address = { type: 'work', locality: 'Köln' };
    const sent = [address, { ...address, country: 'DE' }, { locality: 'Köln', type: 'work' }];
    expect(parseValue(core('addresses'), sent)).toEqual([address, { ...address, country: 'DE' }]);
  });

  test('duplicates are removed from long lists, in the order of their first occurrence', () => {
    const values = Array.from({ length: MAX_ELEMENTS }, (_, n) => ({ value: `v${n % 300}`, display: `d${n}` }));
    const kept = Array.from({ length: 300 }, (_, n) => ({
      value: `v${n}`,
      display: `d${n < 100 ? 900 + n : 600 + n}`,
    }));
    expect(parseValue(core('roles'), values)).toEqual(kept);
  });

  test('names are replaced by the declared names, unknown and read-only attributes removed', () => {
    const sent = { NUMBER: '5', seen: 'x', other: 1, ['__proto__']: { x: 1 } };
    expect(parseValue(badge, sent)).toEqual({ number: '5' });
  });

  test('empty sub-attributes are removed, `primary` included', () => {
    const sent = [
      { value: 'a', display: null, type: '', primary: null },
      { value: 'b', primary: '' },
    ];
    expect(parseValue(core('emails'), sent)).toEqual([{ value: 'a' }, { value: 'b' }]);
  });
});

test.each<[AttributeDeclaration, JsonValue]>([
  [core('title'), null],
  [core('title'), ''],
  [core('emails'), []],
  [core('emails'), ''],
  [core('emails'), null],
  [core('emails'), [{}, { value: '' }, null]],
  [core('name'), {}],
  [core('name'), { givenName: null }],
  [core('name'), { unknown: 'x' }],
  [integer, null],
  [dateTime, ''],
])('$name is cleared by %j', (declaration, value) => {
  expect(parseValue(declaration, value)).toBeUndefined();
});

test.each<[AttributeDeclaration, JsonValue, string]>([
  [core('title'), 5, 'title'],
  [core('title'), ['x'], 'title'],
  [core('title'), 'a\0b', 'title'],
  [core('title'), '\ud800', 'title'],
  [core('title'), 'x'.repeat(MAX_TEXT_LENGTH + 1), 'title'],
  [core('active'), null, 'active'],
  [core('active'), '', 'active'],
  [core('active'), 'False', 'active'],
  [core('active'), 0, 'active'],
  [core('name'), 'Kim', 'name'],
  [core('name'), { givenName: 5 }, 'name.givenName'],
  [core('emails'), { value: 'a' }, 'emails'],
  [core('emails'), ['a'], 'emails'],
  [core('emails'), [{ value: 5 }], 'emails.value'],
  [
    core('emails'),
    [
      { value: 'a', primary: true },
      { value: 'b', primary: true },
    ],
    'emails',
  ],
  [integer, 1.5, 'count'],
  [integer, 2 ** 53, 'count'],
  [integer, '5', 'count'],
  [decimal, true, 'size'],
  [binary, 'not base64!', 'key'],
  [dateTime, '2026-02-28', 'hired'],
])('$name rejects an invalid value', (declaration, value, path) => {
  expect(refusalOf(declaration, value)).toMatchObject({ code: 'INVALID_VALUE', path });
});

test(`a multi-valued attribute has at most ${MAX_ELEMENTS} elements`, () => {
  const elements = Array.from({ length: MAX_ELEMENTS }, (_, index) => String(index));
  expect(parseValue(tags, elements)).toHaveLength(MAX_ELEMENTS);
  expect(refusalOf(tags, [...elements, 'x']).code).toBe('TOO_MANY');
});

test.each([
  ['2026-01-31T12:00:00Z', true],
  ['2024-02-29T00:00:00.5-08:00', true],
  ['2026-02-29T00:00:00Z', false],
  ['2026-04-31T00:00:00Z', false],
  ['2026-13-01T00:00:00Z', false],
  ['2026-01-31T25:00:00Z', false],
  ['2026-01-31T12:00:60Z', false],
  ['2026-01-31T12:00:00', false],
  ['2026-01-31 12:00:00Z', false],
  ['0000-01-01T00:00:00Z', false],
  ['2026-01-31T12:00:00+99:99', false],
  // XML Schema allows offsets up to 14 hours. PostgreSQL fails on 16, and on very long fractions, in every search over one.
  ['2026-01-31T12:00:00-14:00', true],
  ['2026-01-31T12:00:00+13:59', true],
  ['2026-01-31T12:00:00+14:01', false],
  ['2026-01-31T12:00:00+15:00', false],
  ['2026-01-31T12:00:00-23:00', false],
  [`2026-01-31T12:00:00.${'1'.repeat(30)}Z`, true],
  [`2026-01-31T12:00:00.${'1'.repeat(200)}Z`, false],
])('%s is a date and time: %s', (text, expected) => {
  expect(isDateTime(text)).toBe(expected);
});

test.each([
  ['2026-01-31T12:00:00Z', '2026-01-31T13:00:00.000+01:00', true],
  ['2026-01-31T12:00:00.5Z', '2026-01-31T12:00:00.500000Z', true],
  ['2026-01-31T12:00:00.000001Z', '2026-01-31T12:00:00Z', false],
  ['2026-01-31T12:00:00.0000001Z', '2026-01-31T12:00:00Z', true],
])('%s and %s are the same instant: %s', (left, right, expected) => {
  expect(toInstant(left) === toInstant(right)).toBe(expected);
});
