import type { AttributeDeclaration, AttributePath } from '../schema/attribute.js';

/** The parameters of a statement under construction. */
export class Parameters {
  /** The directory of the statement; every condition on a table uses it. */
  readonly directory = '$1::uuid';
  readonly values: unknown[];

  constructor(directoryId: string) {
    this.values = [directoryId];
  }

  /** Adds a value and returns its placeholder. */
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** The SQL expression of a single value and the type it is compared as. `text` is in the form that `comparable` returns. */
export interface ColumnTarget {
  readonly kind: 'text' | 'uuid' | 'boolean' | 'number' | 'timestamp';
  readonly sql: string;
  /** The column is never null. */
  readonly notNull?: true;
  /** The text has at most 2,000 bytes. */
  readonly short?: true;
  /** No two rows of a directory have the same value. */
  readonly unique?: true;
  /** An expression that is null exactly where `sql` is null, and cheaper to evaluate. */
  readonly presence?: string;
  /** Returns a condition equivalent to `sql` = literal that can use an index. */
  equals?(value: string, parameters: Parameters): string;
}

/** The elements of a multi-valued attribute: a FROM item with its condition, and their columns. */
export interface ElementSource {
  readonly from: string;
  readonly condition?: string;
  /** The expression that orders the elements, if they are ordered. */
  readonly orderBy?: string;
  column(path: AttributePath): ColumnTarget;
  /** The values of a multi-valued sub-attribute of an element. */
  parts?(subAttribute: AttributeDeclaration): ElementSource;
}

/** Maps the attributes of a resource type to SQL. */
export interface SearchTable {
  /** The single-valued attribute `path`, or the elements of the multi-valued one. */
  target(path: AttributePath): ColumnTarget | ElementSource;
  /** Returns an indexed condition that is true for every row in which an element's `path` equals the literal. */
  valueIndex?(path: AttributePath, value: string, parameters: Parameters): string | undefined;
  /** Returns the table of the values of `path`, for tests of text other than equality. */
  valueTable?(path: AttributePath, parameters: Parameters): ValueTable | undefined;
}

/** A separate table of the values of a multi-valued attribute of all resources. */
export interface ValueTable {
  readonly column: string;
  /** Returns the condition that at least one value of the resource passes a test of the column. */
  holding(test: string): string;
}

/** Returns a SQL string literal. For declared names only; everything a client sends is a parameter. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
