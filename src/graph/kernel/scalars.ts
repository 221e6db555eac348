import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { isDateTime } from '../../domain/schema/date-time.js';
import type { JsonValue } from '../../domain/kernel/json.js';

/** A point in time, with a precision of milliseconds. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'A date and time with a UTC offset, such as `2026-01-31T12:00:00Z` (RFC 3339). Responses are in UTC.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => (value as Date).toISOString(),
  parseValue: parseDateTime,
  parseLiteral: (node) => parseDateTime(node.kind === Kind.STRING ? node.value : undefined),
});

function parseDateTime(value: unknown): Date {
  if (typeof value === 'string' && isDateTime(value)) return new Date(value);
  throw new GraphQLError('DateTime must be a string with a date, a time and a zone, such as "2026-01-31T12:00:00Z"');
}

/** An integer that may exceed 32 bits. JavaScript reads JSON numbers exactly up to 2^53. */
export const BigInteger = new GraphQLScalarType<number, number>({
  name: 'BigInt',
  description: 'An integer that may exceed 32 bits, as a JSON number of at most 2^53 - 1.',
  serialize: Number,
  parseValue: parseInteger,
  parseLiteral: (node) => parseInteger(node.kind === Kind.INT ? Number(node.value) : undefined),
});

function parseInteger(value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw new GraphQLError('BigInt must be an integer between -(2^53 - 1) and 2^53 - 1');
}

/** Any JSON value. */
export const Json = new GraphQLScalarType<JsonValue, JsonValue>({
  name: 'JSON',
  description: 'Any JSON value: an object, an array, a string, a number, true, false or null.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
  serialize: (value) => value as JsonValue,
  parseValue: (value) => value as JsonValue,
  parseLiteral: (node, variables) => parseJson(node, variables ?? {}),
});

function parseJson(node: ValueNode, variables: Readonly<Record<string, unknown>>): JsonValue {
  switch (node.kind) {
    case Kind.OBJECT:
      // `fromEntries` defines properties: a field named __proto__ is a key like any other.
      return Object.fromEntries(node.fields.map((field) => [field.name.value, parseJson(field.value, variables)]));
    case Kind.LIST:
      return node.values.map((value) => parseJson(value, variables));
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.BOOLEAN:
    case Kind.STRING:
    case Kind.ENUM:
      return node.value;
    case Kind.NULL:
      return null;
    case Kind.VARIABLE:
      return (variables[node.name.value] ?? null) as JsonValue;
  }
}
