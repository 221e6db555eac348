import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { USER_SCHEMA } from '../../../src/domain/schema/resource-schema.js';
import { ScimError } from '../../../src/scim/protocol/errors.js';
import type { FilterNode } from '../../../src/scim/filter/filter-node.js';
import { parseFilter } from '../../../src/scim/filter/resolve-filter.js';
import { parseFilterSyntax } from '../../../src/scim/filter/parse-filter-syntax.js';
import { parsePatchPath } from '../../../src/scim/filter/patch-path.js';
import { printFilter } from '../../../src/scim/filter/print-filter.js';

const operators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
const paths = fc.oneof(
  fc.constantFrom('userName', 'emails.value', 'a.b.c', 'urn:x:y:2.0:User:manager.$ref', 'pr', 'eq', '__proto__'),
  fc.constantFrom(
    'urn:x:y:2.0:User:or',
    'first-name.last_name',
    '$ref',
    'URN:X:1.0:a',
    'null',
    'true',
    'orange',
    'NOTE',
  ),
  fc.stringMatching(/^[a-zA-Z][\w-]{0,8}(\.[\w-]{1,5})?$/).filter((text) => !/^(and|or|not)$/i.test(text)),
);
const literals = fc.oneof(
  fc.string({ unit: fc.constantFrom('"', '\\', '/', '[', ']', '(', ')', ' ', '\n', '\u2028', 'é', '😀', 'u0041') }),
  fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
  fc.boolean(),
  fc.constant(null),
);

/** Random filters, without nested value paths. */
function filters(inElement: boolean): fc.Arbitrary<FilterNode> {
  return fc.letrec<{ node: FilterNode; leaf: FilterNode }>((tie) => ({
    leaf: fc.oneof(
      fc.record({
        kind: fc.constant('compare' as const),
        path: paths,
        operator: fc.constantFrom(...operators),
        value: literals,
      }),
      fc.record({ kind: fc.constant('present' as const), path: paths }),
    ),
    node: fc.oneof(
      { maxDepth: 4, depthIdentifier: inElement ? 'inner' : 'outer' },
      tie('leaf'),
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        operands: fc.array(tie('node'), { minLength: 2, maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant('not' as const), operand: tie('node') }),
      ...(inElement ? [] : [fc.record({ kind: fc.constant('element' as const), path: paths, where: filters(true) })]),
    ),
  })).node;
}

const unlimited = { length: Infinity, depth: 100, comparisons: Infinity };

describe('printing', () => {
  test('a printed filter parses to the same tree and prints the same', () => {
    fc.assert(
      fc.property(filters(false), (filter) => {
        const printed = printFilter(filter);
        const parsed = parseFilterSyntax(printed, unlimited);
        expect(parsed).toEqual(filter);
        expect(printFilter(parsed)).toBe(printed);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ['USERNAME EQ kim', 'USERNAME eq "kim"'],
    ['((a pr) AND (b pr or (c pr)))', 'a pr and (b pr or c pr)'],
    ['emails[type eq "work"].value eq "x"', 'emails[type eq "work" and value eq "x"]'],
    ['NOT(a eq NULL)', 'not (a eq null)'],
  ])('%s is printed as %s', (filter, printed) => {
    expect(printFilter(parseFilterSyntax(filter))).toBe(printed);
  });
});

describe('any input', () => {
  const fragments = fc.constantFrom(
    ...[
      '(',
      ')',
      '[',
      ']',
      '"',
      '\\',
      '.',
      ' ',
      'and',
      'or',
      'not',
      'eq',
      'pr',
      'co',
      'gt',
      'null',
      'true',
      '"x"',
      '5',
    ],
    ...[
      'userName',
      'emails',
      'type',
      'value',
      'name',
      'active',
      'urn:',
      'meta.created',
      '\0',
      '\ud800',
      'é',
      '__proto__',
    ],
  );
  const valid = fc.constantFrom(
    'userName eq "kim@x.example" and not (emails[type eq "work"].value co "@x" or active eq true)',
    'emails[type eq "work" and value co "@x"].display',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value',
  );
  const mutated = fc
    .tuple(valid, fc.nat(100), fc.nat(10), fragments)
    .map(([text, start, length, insert]) => text.slice(0, start) + insert + text.slice(start + length));
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fragments, { maxLength: 30 }).map((parts) => parts.join(' ')),
    fc.array(fragments, { maxLength: 30 }).map((parts) => parts.join('')),
    mutated,
  );

  test.each([
    ['a filter', (text: string) => parseFilter(text, USER_SCHEMA)],
    ['a PATCH path', (text: string) => parsePatchPath(text, USER_SCHEMA)],
  ])('%s is parsed or rejected with a ScimError 400', (_name, parse) => {
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ScimError);
          expect(error).toMatchObject({ status: 400 });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
