import {
  countList,
  existsBeyond,
  readPage,
  type ChildTable,
  type List,
  type ListTable,
  type OrderColumn,
  type Ordered,
  type Position,
} from '../../domain/search/keyset-pagination.js';
import type { Expression } from '../../domain/search/expression.js';
import { encodeCursor } from '../../domain/search/page-cursor.js';
import { Connection, toBounds, type ConnectionArgs, type ConnectionSource } from '../relay/connection.js';
import type { GraphContext } from './context.js';
import { inDirectory } from './loaders.js';
import { OrderDirection } from '../relay/order-direction.js';

interface ListRow {
  readonly id: string;
}

interface ListOptions {
  readonly field: string;
  readonly directoryId: string;
  readonly where: Expression | undefined;
  readonly orderBy: { readonly field: string; readonly direction: OrderDirection } | null | undefined;
  readonly orders: Readonly<Record<string, OrderColumn>>;
}

/** Converts a filtered and ordered list of users or groups to a connection. Throws like `toBounds`. */
export function toListConnection(
  context: GraphContext,
  table: ListTable,
  args: ConnectionArgs,
  { field, directoryId, where, orderBy, orders }: ListOptions,
): ConnectionSource {
  const { store } = context;
  const column = orderBy ? orders[orderBy.field] : undefined;
  const scope = {
    list: field,
    directoryId,
    ...(orderBy && column ? { variant: orderBy.field, order: column } : {}),
  };
  const bounds = toBounds(field, args, scope);
  const list: List = {
    directoryId,
    descending: orderBy?.direction === OrderDirection.DESC,
    ...(where ? { where } : {}),
    ...(column ? { order: column } : {}),
  };
  const source = {
    read: () => readPage<ListRow>(store, table, list, bounds),
    existsBeyond: (side: 'before' | 'after', position: Position) => existsBeyond(store, table, list, side, position),
    count: () => countList(store, table, list),
  };
  return new Connection<Ordered<ListRow>>(bounds, source, {
    toNode: (row) => inDirectory(row, directoryId),
    toCursor: (row) => encodeCursor(scope, { value: orderValue(row), id: row.id }),
  });
}

interface ChildListOptions {
  /** The field of the parent, as error messages name it. */
  readonly field: string;
  /** Distinguishes lists that one field serves; its cursors are valid for this list alone. */
  readonly list?: string;
  readonly directoryId: string;
  readonly parentId: string;
  /** The number of children, where the parent already knows it. */
  readonly count?: number;
}

/**
 * Converts the children of one object, ordered by ID, to a connection. Pages that several parents select in one operation
 * are read by one statement. Throws like `toBounds`.
 */
export function toChildConnection(
  context: GraphContext,
  table: ChildTable,
  args: ConnectionArgs,
  { field, list = field, directoryId, parentId, count }: ChildListOptions,
): ConnectionSource {
  const scope = { list, directoryId };
  const bounds = toBounds(field, args, scope);
  const source = context.loaders(directoryId).children<ListRow>(list, table, parentId, bounds, count);
  return new Connection(bounds, source, {
    toNode: (row) => inDirectory(row, directoryId),
    toCursor: (row) => encodeCursor(scope, { value: '', id: row.id }),
  });
}

function orderValue({ orderValue: value }: Ordered<object>): string {
  return value instanceof Date ? value.toISOString() : (value ?? '');
}
