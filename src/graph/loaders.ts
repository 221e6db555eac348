import DataLoader from 'dataloader';
import type { EntityManager } from '@mikro-orm/postgresql';
import { findGroups } from '../domain/group/group-pages.js';
import type { StoredGroup } from '../domain/group/group-row.js';
import { isId } from '../domain/id.js';
import {
  countChildren,
  findParentsBeyond,
  readChildPages,
  type ChildTable,
  type Page,
  type PageBounds,
} from '../domain/page.js';
import { findUsers } from '../domain/user/user-pages.js';
import type { StoredUser } from '../domain/user/user-row.js';
import type { PageSource } from './connection.js';

/**
 * Reads the relations of one directory for one operation: what many objects ask for at once is one statement. Made anew
 * for each operation, each mutation in it and each event of a subscription, so nothing stale is ever answered.
 */
export class Loaders {
  readonly #users: DataLoader<string, StoredUser | undefined>;
  readonly #groups: DataLoader<string, StoredGroup | undefined>;
  readonly #children = new Map<string, DataLoader<string, unknown>>();

  constructor(
    private readonly em: EntityManager,
    private readonly directoryId: string,
  ) {
    this.#users = byId((ids) => findUsers(em, directoryId, ids));
    this.#groups = byId((ids) => findGroups(em, directoryId, ids));
  }

  /** The user of an id; undefined for an id that is none of this directory's, whatever its form. */
  user(id: string): Promise<StoredUser | undefined> {
    return wellFormed(id) ? this.#users.load(id) : Promise.resolve(undefined);
  }

  /** The group of an id; undefined for an id that is none of this directory's, whatever its form. */
  group(id: string): Promise<StoredGroup | undefined> {
    return wellFormed(id) ? this.#groups.load(id) : Promise.resolve(undefined);
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
    const { em, directoryId } = this;
    return {
      read: () =>
        this.#loader<Page<Row>>(`${name} ${JSON.stringify(bounds)}`, async (ids) => {
          const pages = await readChildPages<Row>(em, table, directoryId, ids, bounds);
          return (id) => pages.get(id) ?? { rows: [], more: false };
        }).load(parentId),
      existsBeyond: (side, position) =>
        this.#loader<boolean>(`${name} ${side} ${position.id}`, async (ids) => {
          const found = await findParentsBeyond(em, table, directoryId, ids, side, position);
          return (id) => found.has(id);
        }).load(parentId),
      count: () =>
        count ??
        this.#loader<number>(`${name} count`, async (ids) => {
          const counts = await countChildren(em, table, directoryId, ids);
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

/** Ids are given in lower case and are case-exact; what has no form of an id must not reach SQL. */
function wellFormed(id: string): boolean {
  return isId(id) && id === id.toLowerCase();
}

function byId<Row extends { readonly id: string }>(
  find: (ids: readonly string[]) => Promise<Row[]>,
): DataLoader<string, Row | undefined> {
  return new DataLoader(async (ids) => {
    const rows = new Map((await find(ids)).map((row) => [row.id, row]));
    return ids.map((id) => rows.get(id));
  });
}
