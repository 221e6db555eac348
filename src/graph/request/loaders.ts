import DataLoader from 'dataloader';
import type { Database } from '../../domain/sql/database.js';
import { selectGroupsByIds, type SelectedGroup } from '../../domain/group/group-queries.js';
import { isId } from '../../domain/kernel/id.js';
import {
  countChildren,
  findParentsBeyond,
  readChildPages,
  type ChildTable,
  type Page,
  type PageBounds,
} from '../../domain/search/keyset-pagination.js';
import { selectUsersByIds, type SelectedUser } from '../../domain/user/user-queries.js';
import type { PageSource } from '../relay/connection.js';
import type { Selection } from '../kernel/selection.js';

/** The ID of an object to load, and the attributes to select. */
interface LoadKey {
  readonly id: string;
  readonly names: Selection;
}

type ObjectLoader<Row> = DataLoader<LoadKey, Row | undefined>;

/**
 * Loads the relations of one directory for one operation, batching the loads of many objects into one statement. A new
 * instance serves each operation, each mutation in it and each event of a subscription, so no stale row is returned.
 */
export class Loaders {
  readonly #users: ObjectLoader<SelectedUser>;
  readonly #groups: ObjectLoader<SelectedGroup>;
  readonly #children = new Map<string, DataLoader<string, unknown>>();

  constructor(
    private readonly db: Database,
    private readonly directoryId: string,
  ) {
    this.#users = byId(directoryId, (ids, names) => selectUsersByIds(db, directoryId, ids, names));
    this.#groups = byId(directoryId, (ids, names) => selectGroupsByIds(db, directoryId, ids, names));
  }

  /** The user with an ID; undefined for an unknown or malformed ID. */
  user(id: string, names: Selection): Promise<SelectedUser | undefined> {
    return isWellFormed(id) ? this.#users.load({ id, names }) : Promise.resolve(undefined);
  }

  /** The group with an ID; undefined for an unknown or malformed ID. */
  group(id: string, names: Selection): Promise<SelectedGroup | undefined> {
    return isWellFormed(id) ? this.#groups.load({ id, names }) : Promise.resolve(undefined);
  }

  /**
   * A page of the children of one parent, batched with the same page of other parents.
   *
   * @param name identifies the table among the child tables
   * @param count the number of children, if the parent knows it
   */
  children<Row extends object>(
    name: string,
    table: ChildTable,
    parentId: string,
    bounds: PageBounds,
    count?: number,
  ): PageSource<Row> {
    const { db, directoryId } = this;
    return {
      read: () =>
        this.#loader<Page<Row>>(`${name} ${toKey(bounds)} ${table.columns}`, async (ids) => {
          const pages = await readChildPages<Row>(db, table, directoryId, ids, bounds);
          return (id) => pages.get(id) ?? { rows: [], more: false };
        }).load(parentId),
      existsBeyond: (side, position) =>
        this.#loader<boolean>(`${name} ${side} ${position.id}`, async (ids) => {
          const found = await findParentsBeyond(db, table, directoryId, ids, side, position);
          return (id) => found.has(id);
        }).load(parentId),
      count: () =>
        count ??
        this.#loader<number>(`${name} count`, async (ids) => {
          const counts = await countChildren(db, table, directoryId, ids);
          return (id) => counts.get(id) ?? 0;
        }).load(parentId),
    };
  }

  #loader<Value>(
    key: string,
    load: (ids: readonly string[]) => Promise<(id: string) => Value>,
  ): DataLoader<string, Value> {
    const known = this.#children.get(key) as DataLoader<string, Value> | undefined;
    if (known) return known;
    const loader = new DataLoader<string, Value>(async (ids) => ids.map(await load(ids)));
    this.#children.set(key, loader);
    return loader;
  }
}

/** Identifies a page of children. Children are ordered by ID, so a position is an ID. */
function toKey({ size, backward, after, before }: PageBounds): string {
  return `${backward ? 'last' : 'first'} ${size} ${after?.id ?? ''} ${before?.id ?? ''}`;
}

/** IDs are lower-case and case-sensitive. A malformed ID must not reach SQL. */
function isWellFormed(id: string): boolean {
  return isId(id) && id === id.toLowerCase();
}

/** Batches loads into one statement, which selects the union of their attributes. */
function byId<Row extends { readonly id: string }>(
  directoryId: string,
  find: (ids: readonly string[], names: Selection) => Promise<Row[]>,
): ObjectLoader<Row> {
  return new DataLoader(
    async (keys) => {
      const ids = [...new Set(keys.map(({ id }) => id))];
      const rows = new Map((await find(ids, union(keys))).map((row) => [row.id, inDirectory(row, directoryId)]));
      return keys.map(({ id }) => rows.get(id));
    },
    { cache: false },
  );
}

function union([first, ...others]: readonly LoadKey[]): Selection {
  if (!first || others.every(({ names }) => names === first.names)) return first?.names ?? new Set();
  return new Set([first, ...others].flatMap(({ names }) => [...names]));
}

/** Adds the ID of the directory to a row, from which the resolvers load its relations. */
export function inDirectory<Row extends object>(row: Row, directoryId: string): Row & { readonly directoryId: string } {
  // The row belongs to this operation. Copying it would cost more than reading its fields.
  return Object.assign(row, { directoryId });
}
