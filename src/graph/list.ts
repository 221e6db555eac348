import type { List, ListTable, Ordered, OrderColumn, Position } from '../domain/page.js';
import { countList, existsBeyond, readPage } from '../domain/page.js';
import type { Expression } from '../domain/expression.js';
import { Connection, encodeCursor, toBounds, type ConnectionArgs, type ConnectionSource } from './connection.js';
import type { GraphContext } from './context.js';
import { OrderDirection } from './order.js';

interface ListOptions<Row> {
  readonly field: string;
  readonly directoryId: string;
  readonly where: Expression | undefined;
  readonly orderBy: { readonly field: string; readonly direction: OrderDirection } | null | undefined;
  readonly orders: Readonly<Record<string, OrderColumn>>;
  readonly toNode: (row: Row) => unknown;
}

/** A list of users or groups of one directory as a connection, filtered and ordered. Throws as `toBounds` does. */
export function toListConnection<Row extends { readonly id: string }>(
  context: GraphContext,
  table: ListTable,
  args: ConnectionArgs,
  { field, directoryId, where, orderBy, orders, toNode }: ListOptions<Row>,
): ConnectionSource {
  const { em } = context;
  const column = orderBy ? orders[orderBy.field] : undefined;
  const scope = {
    list: field,
    directoryId,
    ...(orderBy && column ? { order: { field: orderBy.field, type: column.type } } : {}),
  };
  const bounds = toBounds(field, args, scope);
  const list: List = {
    directoryId,
    descending: orderBy?.direction === OrderDirection.DESC,
    ...(where ? { where } : {}),
    ...(column ? { order: column } : {}),
  };
  const source = {
    read: () => readPage<Row>(em, table, list, bounds),
    existsBeyond: (side: 'before' | 'after', position: Position) => existsBeyond(em, table, list, side, position),
    count: () => countList(em, table, list),
  };
  return new Connection(bounds, source, (row) => ({
    node: toNode(row),
    cursor: () => encodeCursor(scope, { value: orderValue(row), id: row.id }),
  }));
}

function orderValue({ orderValue: value }: Ordered<object>): string {
  return value instanceof Date ? value.toISOString() : (value ?? '');
}
