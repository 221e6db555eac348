import { DomainError } from '../kernel/errors.js';
import { fold } from '../kernel/fold.js';
import type { JsonValue } from '../kernel/json.js';
import { primaryFlag, type AttributeDeclaration, type AttributePath } from '../schema/attribute.js';
import { toInstant } from '../schema/date-time.js';

/** The comparison operators of RFC 7644 §3.4.2.2; `pr` is `Expression`'s kind `present`. */
export type ComparisonOperator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le';

/** The operators that numbers and times know as well as text does. */
export type OrderOperator = Exclude<ComparisonOperator, 'ne' | 'co' | 'sw' | 'ew'>;

/** True for equality and order, false for `ne` and for the operators on parts of a text. */
export function isOrderOperator(operator: ComparisonOperator): operator is OrderOperator {
  return operator !== 'ne' && operator !== 'co' && operator !== 'sw' && operator !== 'ew';
}

/** The literal that an attribute is compared with. `null` means "no value" and is allowed with `eq` and `ne` only. */
export type Literal = string | number | boolean | null;

/** One test of one attribute. A multi-valued attribute passes when one of its elements does. */
export interface Comparison {
  readonly kind: 'compare';
  readonly path: AttributePath;
  readonly operator: ComparisonOperator;
  readonly value: Literal;
}

/**
 * The search tree that both façades speak: SCIM filters and GraphQL filter inputs become it, SQL is made from it, and
 * value paths of a PATCH are decided by it. Paths are resolved against the declarations, so nothing later meets an
 * unknown name.
 */
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[] }
  | { readonly kind: 'not'; readonly operand: Expression }
  | Comparison
  | { readonly kind: 'present'; readonly path: AttributePath }
  /** One and the same element of the multi-valued `path` fulfils `where`, whose paths are its sub-attributes. */
  | { readonly kind: 'some'; readonly path: AttributePath; readonly where: Expression }
  /** An attribute that no schema of the resource declares has no value (RFC 7644 §3.4.2.1). */
  | { readonly kind: 'constant'; readonly value: boolean };

/** All of the operands; the one itself when there is just one. */
export function allOf(operands: readonly Expression[]): Expression {
  const [first] = operands;
  return operands.length === 1 && first ? first : { kind: 'and', operands };
}

/** How two strings of an attribute are brought to one form before they are compared. */
export function comparable(attribute: AttributeDeclaration, text: string): string {
  return attribute.caseExact ? text : fold(text);
}

/** An element of a multi-valued attribute while value paths look at it. */
export interface Candidate {
  /** Its sub-attributes; a plain element is its own `value`. Undefined is absent. */
  readonly fields: Readonly<Record<string, JsonValue | undefined>>;
  /** Texts in the form in which they are compared, kept for the next filter. Who changes a field drops its entry. */
  readonly folded: Map<string, string>;
}

/** How much comparing a request may ask for: one comparison costs one, and one more for each 64 characters of text. */
export interface Effort {
  left: number;
}

type Test = (candidate: Candidate) => boolean;

/**
 * Turns a value path's filter into a test of elements. The same filter meets a thousand of them, so its literals are
 * folded once.
 *
 * @param where an expression whose paths are sub-attributes of the element
 * @param effort what the tests take from; they throw DomainError TOO_MANY when nothing is left
 */
export function toElementTest(where: Expression, effort: Effort): Test {
  switch (where.kind) {
    case 'constant':
      return () => where.value;
    case 'and': {
      const tests = where.operands.map((operand) => toElementTest(operand, effort));
      return (candidate) => tests.every((test) => test(candidate));
    }
    case 'or': {
      const tests = where.operands.map((operand) => toElementTest(operand, effort));
      return (candidate) => tests.some((test) => test(candidate));
    }
    case 'not': {
      const test = toElementTest(where.operand, effort);
      return (candidate) => !test(candidate);
    }
    case 'present': {
      const name = elementKey(where.path);
      return ({ fields }) => {
        spend(effort, 1);
        return isPresent(fields[name]);
      };
    }
    case 'some':
      return () => false;
    case 'compare':
      return toComparison(where, effort);
  }
}

function elementKey(path: AttributePath): string {
  return path.subAttribute?.name ?? 'value';
}

function isPresent(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null && value !== '';
}

/**
 * Takes from what a request may cost.
 *
 * @throws DomainError TOO_MANY when nothing is left
 */
export function spend(effort: Effort, cost: number): void {
  effort.left -= cost;
  if (effort.left < 0)
    throw new DomainError('TOO_MANY', 'The operations need too many comparisons; split them into several requests');
}

function toComparison({ path, operator, value: literal }: Comparison, effort: Effort): Test {
  if (operator === 'ne') {
    const equal = toComparison({ kind: 'compare', path, operator: 'eq', value: literal }, effort);
    return (candidate) => !equal(candidate);
  }
  const name = elementKey(path);
  if (literal === null) {
    return ({ fields }) => {
      spend(effort, 1);
      return !isPresent(fields[name]);
    };
  }
  const declaration = path.subAttribute ?? path.attribute;
  const test = toValueTest(declaration, operator, literal);
  const form = (text: string): string => comparable(declaration, text);
  return ({ fields, folded }) => {
    const actual = fields[name] ?? impliedBoolean(path);
    // A sub-attribute may be multi-valued itself: one of its values has to pass.
    if (Array.isArray(actual)) {
      return (actual as readonly JsonValue[]).some((value) => {
        spend(effort, costOf(value));
        return test(value, form);
      });
    }
    spend(effort, costOf(actual));
    return test(actual, (text) => {
      const known = folded.get(name) ?? form(text);
      folded.set(name, known);
      return known;
    });
  };
}

function costOf(value: JsonValue | undefined): number {
  return typeof value === 'string' ? 1 + (value.length >> 6) : 1;
}

/** @param form brings a text into the form in which it is compared */
type ValueTest = (value: JsonValue | undefined, form: (text: string) => string) => boolean;

function toValueTest(
  declaration: AttributeDeclaration,
  operator: Exclude<ComparisonOperator, 'ne'>,
  literal: string | number | boolean,
): ValueTest {
  if (typeof literal === 'boolean') return (value) => operator === 'eq' && value === literal;
  if (typeof literal === 'number') {
    return (value) => typeof value === 'number' && isOrderOperator(operator) && ordered(operator, value, literal);
  }
  if (declaration.type === 'dateTime') {
    const instant = toInstant(literal);
    return (value) =>
      typeof value === 'string' && isOrderOperator(operator) && ordered(operator, toInstant(value), instant);
  }
  const right = comparable(declaration, literal);
  return (value, form) => typeof value === 'string' && value !== '' && compareText(operator, form(value), right);
}

function compareText(operator: Exclude<ComparisonOperator, 'ne'>, left: string, right: string): boolean {
  switch (operator) {
    case 'co':
      return left.includes(right);
    case 'sw':
      return left.startsWith(right);
    case 'ew':
      return left.endsWith(right);
    case 'eq':
      return left === right;
    case 'gt':
    case 'ge':
    case 'lt':
    case 'le':
      // In the order of code points, as PostgreSQL has it: JavaScript's own is that of UTF-16.
      return ordered(operator, Buffer.compare(Buffer.from(left), Buffer.from(right)), 0);
  }
}

/** An element without `primary` is not primary (RFC 7643 §2.4), so `primary eq false` selects it. */
export function impliedBoolean({ attribute, subAttribute }: AttributePath): boolean | undefined {
  return subAttribute && subAttribute === primaryFlag(attribute) ? false : undefined;
}

function ordered<T extends number | bigint>(operator: OrderOperator, left: T, right: T): boolean {
  switch (operator) {
    case 'eq':
      return left === right;
    case 'gt':
      return left > right;
    case 'ge':
      return left >= right;
    case 'lt':
      return left < right;
    case 'le':
      return left <= right;
  }
}
