import {
  comparable,
  impliedBoolean,
  isOrderOperator,
  type Comparison,
  type ComparisonOperator,
  type Expression,
  type OrderOperator,
} from './expression.js';
import { isId } from '../kernel/id.js';
import { primaryFlag, type AttributeDeclaration, type AttributePath } from '../schema/attribute.js';

/** The values of a statement that is being put together. */
export class Parameters {
  /** The directory that the statement is about, for every condition on a table. */
  readonly directory = '$1::uuid';
  readonly values: unknown[];

  constructor(directoryId: string) {
    this.values = [directoryId];
  }

  /** Takes a value and returns its placeholder. */
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** Where SQL finds a single value, and as what it is compared. `text` is in the form that `comparable` gives. */
export interface ColumnTarget {
  readonly kind: 'text' | 'uuid' | 'boolean' | 'number' | 'timestamp';
  readonly sql: string;
  /** A column that always has a value. */
  readonly notNull?: true;
  /** A text of at most 2,000 bytes. */
  readonly short?: true;
  /** No two rows of a directory have the same value. */
  readonly unique?: true;
  /** An expression that is null exactly where `sql` is null, and cheaper to evaluate. */
  readonly presence?: string;
  /** A condition that is `sql` being equal to the literal, and that an index can serve. */
  equals?(value: string, parameters: Parameters): string;
}

/** Where SQL finds the elements of a multi-valued attribute: a FROM item with its condition, and their columns. */
export interface ElementSource {
  readonly from: string;
  readonly condition?: string;
  /** The expression that orders the elements, if they are ordered. */
  readonly place?: string;
  column(path: AttributePath): ColumnTarget;
  /** Within an element, the values of a multi-valued sub-attribute. */
  parts?(subAttribute: AttributeDeclaration): ElementSource;
}

/** How the attributes of a resource lie in its table. */
export interface SearchTable {
  /** The single-valued attribute `path`, or the elements of the multi-valued one. */
  target(path: AttributePath): ColumnTarget | ElementSource;
  /** A condition on an index that holds for every row in which some element's `path` equals the literal. */
  valueIndex?(path: AttributePath, value: string, parameters: Parameters): string | undefined;
  /** Where the values of `path` lie by themselves, for tests of text other than equality. */
  valueTable?(path: AttributePath, parameters: Parameters): ValueTable | undefined;
}

/** The values of a multi-valued attribute of all resources, in a table of their own. */
export interface ValueTable {
  readonly column: string;
  /** The condition that some value of the resource passes a test of the column. */
  holding(test: string): string;
}

/**
 * Compiles a search to a SQL condition. There is no other way from an expression to rows: nothing is filtered in memory.
 *
 * @param parameters takes the literals; only declared names reach the text
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

/** Whether a search asks for the one row that has a value which no other has, so that there is nothing to sort or to cut. */
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

/** Inside a value path the sub-attributes of the element are the attributes. */
function elementsOf(source: ElementSource): SearchTable {
  return {
    target: (path) =>
      path.subAttribute?.multiValued && source.parts ? source.parts(path.subAttribute) : source.column(path),
  };
}

function complement(condition: string): string {
  return `(${condition}) is not true`;
}

function joined(kind: 'and' | 'or', conditions: readonly string[]): string {
  return `(${conditions.join(` ${kind} `)})`;
}

function declarationOf(path: AttributePath): AttributeDeclaration {
  return path.subAttribute ?? path.attribute;
}

/** The condition on an index for an equality that an element must fulfil for the filter to hold, if there is one. */
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

function present({ sql, presence = sql }: ColumnTarget): string {
  return `${presence} is not null`;
}

const SQL_OPERATORS: Readonly<Record<OrderOperator, string>> = { eq: '=', gt: '>', ge: '>=', lt: '<', le: '<=' };

function compare(target: ColumnTarget, { path, operator, value }: Comparison, parameters: Parameters): string {
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

/** Ids are given in lower case and are case-exact; what has no form of an id names nothing. */
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

/** The first text, in the order of code points, after all that begin with `prefix`; undefined when there is none. */
function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix);
  while (points.length > 0) {
    const last = points.pop()?.codePointAt(0) ?? 0;
    if (last < 0x10ffff) return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
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
  const { from, condition, place } = target;
  const primary = primaryFlag(path.attribute);
  const first = [
    ...(primary ? [`coalesce(${target.column({ ...path, subAttribute: primary }).sql}, false) desc`] : []),
    place ?? '1',
  ];
  const where = condition === undefined ? '' : `where ${condition} `;
  return `(select ${sortable(target.column(path))} from ${from} ${where}order by ${first.join(', ')} limit 1)`;
}

function sortable({ kind, sql }: ColumnTarget): string {
  return kind === 'text' ? `${sql} collate "C"` : sql;
}

/** A SQL string literal. For declared names only; everything a client sends is a parameter. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Where an attribute without a column lies in a `jsonb` tree of folded keys.
 *
 * @param tree SQL of the tree that holds the attribute under its name
 */
export function jsonTarget(tree: string, { attribute, subAttribute }: AttributePath): ColumnTarget | ElementSource {
  const name = literal(attribute.name);
  if (!attribute.multiValued) {
    if (!subAttribute) return jsonColumn(attribute, `${tree} ->> ${name}`);
    return subAttribute.multiValued
      ? partsOf(`${tree} -> ${name}`, subAttribute)
      : jsonColumn(subAttribute, `${tree} -> ${name} ->> ${literal(subAttribute.name)}`);
  }
  const elements: ElementSource = {
    from: `jsonb_array_elements(${tree} -> ${name}) with ordinality as element (value, place)`,
    place: 'element.place',
    column: (path) =>
      path.subAttribute
        ? jsonColumn(path.subAttribute, `element.value ->> ${literal(path.subAttribute.name)}`)
        : jsonColumn(path.attribute, `element.value #>> '{}'`),
    parts: (part) => partsOf('element.value', part),
  };
  if (!subAttribute?.multiValued) return elements;
  const parts = partsOf('element.value', subAttribute);
  return {
    from: `${elements.from}, ${parts.from}`,
    place: 'element.place, part.place',
    column: (path) => (path.subAttribute?.multiValued ? parts : elements).column(path),
  };
}

/** The values of a multi-valued sub-attribute of an object. */
function partsOf(object: string, subAttribute: AttributeDeclaration): ElementSource {
  return {
    from: `jsonb_array_elements(${object} -> ${literal(subAttribute.name)}) with ordinality as part (value, place)`,
    place: 'part.place',
    column: () => jsonColumn(subAttribute, `part.value #>> '{}'`),
  };
}

function jsonColumn(declaration: AttributeDeclaration, sql: string): ColumnTarget {
  switch (declaration.type) {
    case 'boolean':
      return { kind: 'boolean', sql: `(${sql})::boolean` };
    case 'integer':
    case 'decimal':
      return { kind: 'number', sql: `(${sql})::numeric` };
    case 'dateTime':
      return { kind: 'timestamp', sql: `(${sql})::timestamptz` };
    case 'string':
    case 'reference':
    case 'binary':
    case 'complex':
      return { kind: 'text', sql: `(${sql})` };
  }
}
