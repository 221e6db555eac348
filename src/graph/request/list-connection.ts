import type { List, ListTable, Ordered, OrderColumn, Position } from '../../domain/search/keyset-pagination.js';
import { countList, existsBeyond, readPage } from '../../domain/search/keyset-pagination.js';
import type { Expression } from '../../domain/search/expression.js';
import { Connection, encodeCursor, toBounds, type ConnectionArgs, type ConnectionSource } from '../relay/connection.js';
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

/** A list of users or groups of one directory as a connection, filtered and ordered. Throws as `toBounds` does. */
export function toListConnection(
  context: GraphContext,
  table: ListTable,
  args: ConnectionArgs,
  { field, directoryId, where, orderBy, orders }: ListOptions,
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
    read: () => readPage<ListRow>(em, table, list, bounds),
    existsBeyond: (side: 'before' | 'after', position: Position) => existsBeyond(em, table, list, side, position),
    count: () => countList(em, table, list),
  };
  return new Connection<Ordered<ListRow>>(bounds, source, {
    toNode: (row) => inDirectory(row, directoryId),
    toCursor: (row) => encodeCursor(scope, { value: orderValue(row), id: row.id }),
  });
}

function orderValue({ orderValue: value }: Ordered<object>): string {
  return value instanceof Date ? value.toISOString() : (value ?? '');
}
