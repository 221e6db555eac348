import { describe, expect, test } from '@jest/globals';
import type { Comparison, ComparisonOperator, Expression } from '../../../src/domain/search/expression.js';
import { USER_URN } from '../../../src/domain/schema/core-user.js';
import { findAttributePath, USER_SCHEMA } from '../../../src/domain/schema/resource-schema.js';
import { resolveUri } from '../../../src/scim/filter/resolve-uri.js';

const BASE = 'https://x.example/scim/v2/users';
const path = findAttributePath(USER_SCHEMA, USER_URN, 'meta', 'location')!;

/** The existing paths below the base: two types, and ids with common prefixes and suffixes. */
const KNOWN = ['/Users/01a', '/Users/01b', '/Users/a01', '/Groups/01a'];

const COMPARE: Readonly<Record<ComparisonOperator, (uri: string, sought: string) => boolean>> = {
  eq: (uri, sought) => uri === sought,
  ne: (uri, sought) => uri !== sought,
  co: (uri, sought) => uri.includes(sought),
  sw: (uri, sought) => uri.startsWith(sought),
  ew: (uri, sought) => uri.endsWith(sought),
  gt: (uri, sought) => uri > sought,
  ge: (uri, sought) => uri >= sought,
  lt: (uri, sought) => uri < sought,
  le: (uri, sought) => uri <= sought,
};

/** Evaluates an expression for one URI, given by its path below the base. */
function holds(expression: Expression, uri: string): boolean {
  switch (expression.kind) {
    case 'and':
      return expression.operands.every((operand) => holds(operand, uri));
    case 'or':
      return expression.operands.some((operand) => holds(operand, uri));
    case 'not':
      return !holds(expression.operand, uri);
    case 'compare':
      return COMPARE[expression.operator](uri, expression.value as string);
    case 'present':
      return true;
    case 'some':
      throw new Error('There are no elements');
    case 'constant':
      return expression.value;
  }
}

function resolved(operator: ComparisonOperator, value: Comparison['value']): Expression {
  return resolveUri({ kind: 'compare', path, operator, value }, BASE);
}

/** Returns all substrings of all URIs, and URIs with another character before, after or inside them. */
function parts(): string[] {
  const found = new Set<string>(['', '/', '//', '~', 'ü', '\u{1f642}', 'Users', BASE.toUpperCase()]);
  for (const known of KNOWN) {
    const uri = BASE + known;
    for (let start = 0; start <= uri.length; start++) {
      for (let end = start + 1; end <= uri.length; end++) found.add(uri.slice(start, end));
    }
    for (const wrong of ['!', '~', '/', 'ü']) {
      for (let at = 0; at <= uri.length; at++) found.add(uri.slice(0, at) + wrong + uri.slice(at + 1));
      found.add(wrong + uri).add(uri + wrong);
    }
  }
  return [...found];
}

describe('a comparison with a URI that begins with the base', () => {
  test.each(Object.keys(COMPARE) as ComparisonOperator[])('%s matches exactly the expected URIs', (operator) => {
    const wrong = parts().flatMap((sought) => {
      const expression = resolved(operator, sought);
      const found = KNOWN.filter((uri) => holds(expression, uri));
      const expected = KNOWN.filter((uri) => COMPARE[operator](BASE + uri, sought));
      return JSON.stringify(found) === JSON.stringify(expected) ? [] : [{ sought, found, expected }];
    });
    expect(wrong).toEqual([]);
  });

  test('eq becomes a comparison with one path, which can use an index', () => {
    expect(resolved('eq', `${BASE}/Users/01a`)).toEqual({ kind: 'compare', path, operator: 'eq', value: '/Users/01a' });
    expect(resolved('eq', 'https://other.example/Users/01a')).toEqual({ kind: 'constant', value: false });
  });

  test('a text that all URIs match becomes a test for presence', () => {
    for (const [operator, sought] of [
      ['sw', 'https://'],
      ['co', 'example/scim'],
      ['ge', 'ftp:'],
    ] as const) {
      expect(resolved(operator, sought)).toEqual({ kind: 'present', path });
    }
  });

  test('null is kept', () => {
    expect(resolved('eq', null)).toEqual({ kind: 'compare', path, operator: 'eq', value: null });
  });

  test('the expression for a long text has a limited size', () => {
    const expression = resolved('co', '/'.repeat(10_000));
    expect(JSON.stringify(expression).length).toBeLessThan(12_000);
  });
});
