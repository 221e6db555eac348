import { compare, complement, declarationOf } from './compile-comparison.js';
import { comparable, type Comparison, type Expression } from './expression.js';
import { primaryFlag, type AttributePath } from '../schema/attribute.js';
import type { ColumnTarget, ElementSource, Parameters, SearchTable } from './search-table.js';

/**
 * Compiles a search expression to a SQL condition. All filtering happens in SQL, none in memory.
 *
 * @param parameters receives the literals; only declared names become part of the SQL text
 * @returns a condition that is never NULL where it is negated, so that `not` is the complement
 */
export function compileExpression(expression: Expression, table: SearchTable, parameters: Parameters): string {
  switch (expression.kind) {
    case 'constant':
      return expression.value ? 'true' : 'false';
    case 'and':
    case 'or':
      return joined(
        expression.kind,
        expression.operands.map((operand) => compileExpression(operand, table, parameters)),
      );
    case 'not':
      return complement(compileExpression(expression.operand, table, parameters));
    case 'present':
      return compileOne(expression.path, table, present);
    case 'compare':
      return compileComparison(expression, table, parameters);
    case 'some': {
      const source = table.target({ urn: expression.path.urn, attribute: expression.path.attribute });
      if (!('from' in source)) return 'false';
      const inner = compileExpression(expression.where, elementsOf(source), parameters);
      const index = impliedIndex(expression.where, table, parameters);
      const some = exists(source, inner);
      return index === undefined ? some : `(${index} and ${some})`;
    }
  }
}

/** Returns whether an expression matches at most one row, by a unique value, so that neither order nor limit is needed. */
export function isUniqueLookup(expression: Expression, table: SearchTable): boolean {
  if (expression.kind === 'and') return expression.operands.some((operand) => isUniqueLookup(operand, table));
  if (expression.kind !== 'compare' || expression.operator !== 'eq' || expression.value === null) return false;
  const target = table.target(expression.path);
  return 'unique' in target && target.unique;
}

function compileComparison(comparison: Comparison, table: SearchTable, parameters: Parameters): string {
  if (comparison.operator === 'ne') {
    return complement(compileComparison({ ...comparison, operator: 'eq' }, table, parameters));
  }
  if (comparison.value === null) {
    return complement(compileExpression({ kind: 'present', path: comparison.path }, table, parameters));
  }
  const { path, operator, value } = comparison;
  if (operator === 'eq' && typeof value === 'string') {
    const index = table.valueIndex?.(path, comparable(declarationOf(path), value), parameters);
    if (index !== undefined) return index;
  }
  const values = typeof value === 'string' ? table.valueTable?.(path, parameters) : undefined;
  if (values) return values.holding(compare({ kind: 'text', sql: values.column }, comparison, parameters));
  return compileOne(path, table, (target) => compare(target, comparison, parameters));
}

function compileOne(path: AttributePath, table: SearchTable, test: (target: ColumnTarget) => string): string {
  const target = table.target(path);
  return 'from' in target ? exists(target, test(target.column(path))) : test(target);
}

function exists({ from, condition }: ElementSource, test: string): string {
  return `exists (select 1 from ${from} where ${condition === undefined ? '' : `${condition} and `}${test})`;
}

/** Inside a value path, the sub-attributes of the element take the role of attributes. */
function elementsOf(source: ElementSource): SearchTable {
  return {
    target: (path) =>
      path.subAttribute?.multiValued && source.parts ? source.parts(path.subAttribute) : source.column(path),
  };
}

function present({ sql, presence = sql }: ColumnTarget): string {
  return `${presence} is not null`;
}

function joined(kind: 'and' | 'or', conditions: readonly string[]): string {
  return `(${conditions.join(` ${kind} `)})`;
}

/** Returns an indexed condition implied by the filter of an element; undefined if there is none. */
function impliedIndex(where: Expression, table: SearchTable, parameters: Parameters): string | undefined {
  if (where.kind === 'compare' && where.operator === 'eq' && typeof where.value === 'string') {
    return table.valueIndex?.(where.path, comparable(declarationOf(where.path), where.value), parameters);
  }
  if (where.kind !== 'and') return undefined;
  for (const operand of where.operands) {
    const index = impliedIndex(operand, table, parameters);
    if (index !== undefined) return index;
  }
  return undefined;
}

/**
 * Compiles a sort key: the attribute, or for a multi-valued one the primary element, else the first (RFC 7644
 * §3.4.2.3). Text sorts by its folded form in the order of code points.
 */
export function compileSortKey(path: AttributePath, table: SearchTable): string {
  const target = table.target(path);
  if (!('from' in target)) return sortable(target);
  const { from, condition, orderBy } = target;
  const primary = primaryFlag(path.attribute);
  const first = [
    ...(primary ? [`coalesce(${target.column({ ...path, subAttribute: primary }).sql}, false) desc`] : []),
    orderBy ?? '1',
  ];
  const where = condition === undefined ? '' : `where ${condition} `;
  return `(select ${sortable(target.column(path))} from ${from} ${where}order by ${first.join(', ')} limit 1)`;
}

function sortable({ kind, sql }: ColumnTarget): string {
  return kind === 'text' ? `${sql} collate "C"` : sql;
}
