import {
  comparable,
  impliedBoolean,
  isOrderOperator,
  type Comparison,
  type ComparisonOperator,
  type OrderOperator,
} from './expression.js';
import { isId } from '../kernel/id.js';
import type { AttributeDeclaration, AttributePath } from '../schema/attribute.js';
import type { ColumnTarget, Parameters } from './search-table.js';

const SQL_OPERATORS: Readonly<Record<OrderOperator, string>> = { eq: '=', gt: '>', ge: '>=', lt: '<', le: '<=' };

/** Compiles a comparison with a column. A value whose type does not fit the column matches nothing. */
export function compare(target: ColumnTarget, { path, operator, value }: Comparison, parameters: Parameters): string {
  switch (target.kind) {
    case 'boolean': {
      const implied = impliedBoolean(path);
      const column = implied === undefined ? target.sql : `coalesce(${target.sql}, ${String(implied)})`;
      return typeof value === 'boolean' && operator === 'eq'
        ? `${column} = ${parameters.add(value)}::boolean`
        : 'false';
    }
    case 'number':
      return typeof value === 'number' && isOrderOperator(operator)
        ? `${target.sql} ${SQL_OPERATORS[operator]} ${parameters.add(value)}::numeric`
        : 'false';
    case 'timestamp':
      return typeof value === 'string' && isOrderOperator(operator)
        ? `${target.sql} ${SQL_OPERATORS[operator]} ${parameters.add(value)}::timestamptz`
        : 'false';
    case 'uuid':
      if (typeof value !== 'string') return 'false';
      if (operator !== 'eq') return compareText(`${target.sql}::text`, operator, value, parameters);
      return equalsId(target.sql, value, parameters);
    case 'text':
      if (typeof value !== 'string') return 'false';
      if (target.equals && operator === 'eq') return target.equals(value, parameters);
      return compareText(target.sql, operator, comparable(declarationOf(path), value), parameters);
  }
}

/** Compiles an equality of ids, which are lower-case and case-exact. A malformed id matches nothing. */
export function equalsId(column: string, value: string, parameters: Parameters): string {
  return isId(value) && value === value.toLowerCase() ? `${column} = ${parameters.add(value)}::uuid` : 'false';
}

function compareText(column: string, operator: ComparisonOperator, value: string, parameters: Parameters): string {
  const placeholder = `${parameters.add(value)}::text`;
  switch (operator) {
    case 'co':
      return `strpos(${column}, ${placeholder}) > 0`;
    case 'ew':
      return `right(${column}, length(${placeholder})) = ${placeholder}`;
    case 'sw': {
      // A range, so that an index in byte order can serve it; `starts_with` alone could not under a generic plan.
      const end = prefixEnd(value);
      const upper = end === undefined ? '' : ` and ${column} < ${parameters.add(end)}::text collate "C"`;
      return `(${column} >= ${placeholder} collate "C"${upper} and starts_with(${column}, ${placeholder}))`;
    }
    case 'ne':
      return complement(compareText(column, 'eq', value, parameters));
    case 'eq':
    case 'gt':
    case 'ge':
    case 'lt':
    case 'le':
      return `${column} ${SQL_OPERATORS[operator]} ${placeholder} collate "C"`;
  }
}

/** Returns the first text, in the order of code points, after all those that begin with `prefix`; undefined if there is none. */
function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix);
  while (points.length > 0) {
    const last = points.pop()?.codePointAt(0) ?? 0;
    if (last < 0x10ffff) return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}

/** Negates a condition, such that NULL counts as false. */
export function complement(condition: string): string {
  return `(${condition}) is not true`;
}

/** Returns the declaration of the sub-attribute, or of the attribute if the path has none. */
export function declarationOf(path: AttributePath): AttributeDeclaration {
  return path.subAttribute ?? path.attribute;
}
