import { Field, ID, InputType } from 'type-graphql';
import {
  allOf as allOfSome,
  type ComparisonOperator,
  type Expression,
  type Literal,
} from '../../domain/search/expression.js';
import type { AttributePath } from '../../domain/schema/attribute.js';
import { findAttributePath, type ResourceSchema } from '../../domain/schema/resource-schema.js';
import { badInput } from '../kernel/errors.js';
import { DateTime } from '../kernel/scalars.js';

@InputType({
  description:
    'Conditions on a string attribute. All given conditions must hold. Comparisons ignore case, except for attributes ' +
    'that are case-exact in SCIM, such as `externalId` and URLs.',
})
export class StringFilter {
  @Field(() => String, {
    nullable: true,
    description: 'Equal to this string. Null matches an attribute without a value.',
  })
  eq?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Not equal to this string, or without a value. Null matches an attribute that has a value.',
  })
  ne?: string | null;

  @Field(() => [String], { nullable: true, description: 'Equal to one of these strings.' })
  in?: string[] | null;

  @Field(() => String, { nullable: true, description: 'Contains this string.' })
  contains?: string | null;

  @Field(() => String, { nullable: true, description: 'Starts with this string.' })
  startsWith?: string | null;

  @Field(() => String, { nullable: true, description: 'Ends with this string.' })
  endsWith?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True matches an attribute without a value, false one that has a value.',
  })
  isNull?: boolean | null;
}

@InputType({ description: 'A condition on a Boolean attribute.' })
export class BooleanFilter {
  @Field(() => Boolean, { nullable: true, description: 'Equal to this value.' })
  eq?: boolean | null;
}

@InputType({ description: 'Conditions on a time. All given conditions must hold.' })
export class DateTimeFilter {
  @Field(() => DateTime, { nullable: true, description: 'Later than this time.' })
  gt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'At this time or later.' })
  gte?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Earlier than this time.' })
  lt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'At this time or earlier.' })
  lte?: Date | null;
}

@InputType({ description: 'A condition on the ID.' })
export class IdFilter {
  @Field(() => [ID], { nullable: true, description: 'Equal to one of these IDs.' })
  in?: string[] | null;
}

/** The maximum number of comparisons in a filter: each is a parameter of one statement. */
const MAX_COMPARISONS = 1_000;

/** Converts a field of a filter input to an expression. */
export type FieldFilter = (value: unknown, field: string) => Expression;

/**
 * Converts a filter input to an expression of the domain.
 *
 * @param fields converts every field except `and`, `or` and `not`
 * @returns undefined if there is no filter, or an empty one
 * @throws GraphQLError BAD_USER_INPUT for null instead of a condition, and for more than 1,000 comparisons
 */
export function toExpression(
  filter: object | null | undefined,
  fields: Readonly<Record<string, FieldFilter>>,
): Expression | undefined {
  if (filter === null || filter === undefined) return undefined;
  const expression = toAll(filter, fields);
  if (expression.kind === 'constant' && expression.value) return undefined;
  const comparisons = countComparisons(expression);
  if (comparisons > MAX_COMPARISONS) {
    throw badInput(`A filter must have at most ${MAX_COMPARISONS} comparisons; this one has ${comparisons}`);
  }
  return expression;
}

function toAll(filter: object, fields: Readonly<Record<string, FieldFilter>>): Expression {
  return allOf(
    given(filter).map(([field, value]): Expression => {
      switch (field) {
        case 'and':
          return allOf((value as object[]).map((operand) => toAll(operand, fields)));
        case 'or':
          return anyOf((value as object[]).map((operand) => toAll(operand, fields)));
        case 'not':
          return { kind: 'not', operand: anyOf((value as object[]).map((operand) => toAll(operand, fields))) };
        default: {
          const test = fields[field];
          if (!test) throw new Error(`No conversion is defined for the filter field ${field}`);
          return test(value, field);
        }
      }
    }),
  );
}

/** The fields that are given. Null instead of a condition is refused: ignoring it would silently widen the filter. */
function given(filter: object, mayBeNull: readonly string[] = []): Array<[string, unknown]> {
  const entries = Object.entries(filter).filter(([, value]) => value !== undefined);
  const empty = entries.find(([field, value]) => value === null && !mayBeNull.includes(field));
  if (empty) {
    throw badInput(`\`${empty[0]}\` of a filter must not be null: omit it, or use \`isNull\` to find missing values`);
  }
  return entries;
}

function allOf(operands: readonly Expression[]): Expression {
  return operands.length === 0 ? { kind: 'constant', value: true } : allOfSome(operands);
}

function anyOf(operands: readonly Expression[]): Expression {
  const [first] = operands;
  if (!first) return { kind: 'constant', value: false };
  return operands.length === 1 ? first : { kind: 'or', operands };
}

/** The path of a declared attribute. Throws if it is not declared, which is a programming error. */
export function pathOf(resource: ResourceSchema, name: string, subName?: string, urn?: string): AttributePath {
  const path = findAttributePath(resource, urn, name, subName);
  if (!path) throw new Error(`${resource.name} has no attribute ${name}`);
  return path;
}

/** Converts a field of type StringFilter. */
export function stringField(path: AttributePath): FieldFilter {
  return (value) =>
    allOf(
      given(value as StringFilter, ['eq', 'ne']).map(([name, operand]): Expression => {
        switch (name as keyof StringFilter) {
          case 'eq':
            return compare(path, 'eq', operand as string | null);
          case 'ne':
            return compare(path, 'ne', operand as string | null);
          case 'in':
            return anyOf((operand as string[]).map((text) => compare(path, 'eq', text)));
          case 'contains':
            return compare(path, 'co', operand as string);
          case 'startsWith':
            return compare(path, 'sw', operand as string);
          case 'endsWith':
            return compare(path, 'ew', operand as string);
          case 'isNull':
            return compare(path, operand === true ? 'eq' : 'ne', null);
        }
      }),
    );
}

/** Converts a field of type BooleanFilter. */
export function booleanField(path: AttributePath): FieldFilter {
  return (value) => allOf(given(value as BooleanFilter).map(([, operand]) => compare(path, 'eq', operand as boolean)));
}

const TIME_OPERATORS = { gt: 'gt', gte: 'ge', lt: 'lt', lte: 'le' } as const;

/** Converts a field of type DateTimeFilter. */
export function timeField(path: AttributePath): FieldFilter {
  return (value) =>
    allOf(
      given(value as DateTimeFilter).map(([name, operand]) =>
        compare(path, TIME_OPERATORS[name as keyof DateTimeFilter], (operand as Date).toISOString()),
      ),
    );
}

/** Converts a field of type IdFilter. */
export function idField(path: AttributePath): FieldFilter {
  return (value) =>
    allOf(given(value as IdFilter).map(([, ids]) => anyOf((ids as string[]).map((id) => compare(path, 'eq', id)))));
}

/** Converts a field of type ID. */
export function referenceField(path: AttributePath): FieldFilter {
  return (value) => compare(path, 'eq', value as string);
}

function compare(path: AttributePath, operator: ComparisonOperator, value: Literal): Expression {
  if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) {
    throw badInput('A filter must not contain NUL or an unpaired surrogate');
  }
  return { kind: 'compare', path, operator, value };
}

function countComparisons(expression: Expression): number {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.operands.reduce((sum, operand) => sum + countComparisons(operand), 0);
    case 'not':
      return countComparisons(expression.operand);
    case 'some':
      return countComparisons(expression.where);
    case 'compare':
    case 'present':
      return 1;
    case 'constant':
      return 0;
  }
}
