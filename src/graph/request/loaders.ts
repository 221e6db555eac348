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

/** An object that is asked for by its id, and what of it. */
interface LoadKey {
  readonly id: string;
  readonly names: Selection;
}

type ObjectLoader<Row> = DataLoader<LoadKey, Row | undefined>;

/**
 * Reads the relations of one directory for one operation: what many objects ask for at once is one statement. Made anew
 * for each operation, each mutation in it and each event of a subscription, so nothing stale is ever answered.
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

  /** The user of an id; undefined for an id that is none of this directory's, whatever its form. */
  user(id: string, names: Selection): Promise<SelectedUser | undefined> {
    return wellFormed(id) ? this.#users.load({ id, names }) : Promise.resolve(undefined);
  }

  /** The group of an id; undefined for an id that is none of this directory's, whatever its form. */
  group(id: string, names: Selection): Promise<SelectedGroup | undefined> {
    return wellFormed(id) ? this.#groups.load({ id, names }) : Promise.resolve(undefined);
  }

  /**
   * A page of the children of one parent, read together with the same page of other parents.
   *
   * @param name names the table among the tables of children
   * @param count the number of children where the parent knows it
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

/** What makes two pages of children the same one: children are ordered by their ids. */
function toKey({ size, backward, after, before }: PageBounds): string {
  return `${backward ? 'last' : 'first'} ${size} ${after?.id ?? ''} ${before?.id ?? ''}`;
}

/** Ids are given in lower case and are case-exact; what has no form of an id must not reach SQL. */
function wellFormed(id: string): boolean {
  return isId(id) && id === id.toLowerCase();
}

/** Reads all that is asked for at once in one statement, which selects what any of the wishes names. */
function byId<Row extends { readonly id: string }>(
  directoryId: string,
  find: (ids: readonly string[], names: Selection) => Promise<Row[]>,
): ObjectLoader<Row> {
  return new DataLoader(
    async (wishes) => {
      const ids = [...new Set(wishes.map(({ id }) => id))];
      const rows = new Map((await find(ids, unite(wishes))).map((row) => [row.id, inDirectory(row, directoryId)]));
      return wishes.map(({ id }) => rows.get(id));
    },
    { cache: false },
  );
}

function unite([first, ...others]: readonly LoadKey[]): Selection {
  if (!first || others.every(({ names }) => names === first.names)) return first?.names ?? new Set();
  return new Set([first, ...others].flatMap(({ names }) => [...names]));
}

/** A row as the resolvers of its fields want it: with the directory that its relations are read from. */
export function inDirectory<Row extends object>(row: Row, directoryId: string): Row & { readonly directoryId: string } {
  // The row is this operation's own. A copy of each would cost more than all that is read from it.
  return Object.assign(row, { directoryId });
}
