import { isDeepStrictEqual } from 'node:util';
import { valueAt } from '../../client/attribute-path.js';
import { isObject, type Json } from '../../client/json.js';
import type { Values } from '../../profile/personas.js';

/** A user as it should be held: what was written last. */
export interface ExpectedUser {
  readonly n: number;
  readonly id: string;
  values: Values;
  active: boolean;
  /** Null: the manager was removed, and there must be none. Undefined: nothing was written, or who it is is not known. */
  managerId?: string | null | undefined;
  /** True after a step failed: what is held is then nobody's fault but that step's, which was told. */
  isUncertain: boolean;
}

/** A group as it should be held. */
export interface ExpectedGroup {
  readonly n: number;
  readonly id: string;
  values: Values;
  readonly members: Set<string>;
  isUncertain: boolean;
}

export type Collection = '/Users' | '/Groups';

/** Something that the rehearsal made at the endpoint. */
export interface CreatedResource {
  readonly collection: Collection;
  /** Undefined where the answer to its creation did not come or held none: it may be there, under its name. */
  readonly id: string | undefined;
  /** Its `userName` or `displayName`. */
  readonly name: string;
}

/** Something that a cycle deleted. */
export interface DeletedResource {
  readonly collection: Collection;
  readonly id: string;
  readonly name: string;
}

/** What was sent and must be held, and all that was made and must be removed. */
export class Ledger {
  readonly users = new Map<string, ExpectedUser>();
  readonly groups = new Map<string, ExpectedGroup>();
  readonly #made = new Map<string, CreatedResource>();
  readonly #gone = new Set<string>();
  readonly #deleted: DeletedResource[] = [];
  /** Paths whose values are known not to come back as they were sent; told once, and not compared again. */
  readonly unreliablePaths = new Set<string>();

  /** Groups first: nobody is to be removed from them one by one. */
  get made(): readonly CreatedResource[] {
    const all = [...this.#made.values()];
    return [...all.filter(isGroup), ...all.filter((one) => !isGroup(one))];
  }

  /** The users in the order of their numbers: in that of the answers no rehearsal would be as the one before. */
  get usersInOrder(): readonly ExpectedUser[] {
    return [...this.users.values()].toSorted((a, b) => a.n - b.n);
  }

  /** The groups in the order of their numbers. */
  get groupsInOrder(): readonly ExpectedGroup[] {
    return [...this.groups.values()].toSorted((a, b) => a.n - b.n);
  }

  /** What the cycles deleted and nobody made again, as happens where ids follow from names: it must stay gone. */
  get deleted(): readonly DeletedResource[] {
    return this.#deleted.filter(({ id }) => !this.users.has(id) && !this.groups.has(id));
  }

  noteMade({ collection, id, name }: CreatedResource): void {
    // An empty id is none: under it a DELETE would name the whole collection.
    const made = { collection, id: id === '' ? undefined : id, name };
    this.#made.set(`${collection}/${made.id ?? name}`, made);
  }

  /** As gone, and to be looked for in the end. */
  noteDeleted(deleted: DeletedResource): void {
    this.#deleted.push(deleted);
    this.noteGone(deleted.collection, deleted.id);
  }

  noteGone(collection: Collection, id: string): void {
    this.#made.delete(`${collection}/${id}`);
    this.#gone.add(id);
    this.users.delete(id);
    this.groups.delete(id);
  }

  /** True for what was deleted; Entra does not look whether a group names it still. */
  isGone(id: string): boolean {
    return this.#gone.has(id);
  }

  /** The paths at which a resource does not hold what was sent. */
  differences(resource: Json | undefined, values: Values): readonly Difference[] {
    return Object.entries(values).flatMap(([path, sent]): Difference[] => {
      if (path === 'active' || this.unreliablePaths.has(path)) return [];
      const stored = valueAt(resource, path);
      return isSame(sent, stored) ? [] : [{ path, sent, stored }];
    });
  }
}

function isGroup({ collection }: CreatedResource): boolean {
  return collection === '/Groups';
}

/** A value that does not come back as it was sent. */
export interface Difference {
  readonly path: string;
  readonly sent: Json;
  /** Undefined: nothing is held there. */
  readonly stored: Json | undefined;
}

/** A text at a list of objects is the value of its one element; the order of a list does not matter. */
export function isSame(sent: Json, stored: Json | undefined): boolean {
  if (isDeepStrictEqual(sent, stored)) return true;
  if (!Array.isArray(stored)) return false;
  const expected = (Array.isArray(sent) ? sent : [sent]).map(toPlain);
  const found = stored.map(toPlain);
  return isDeepStrictEqual(expected.toSorted(), found.toSorted());
}

function toPlain(element: Json): string {
  return JSON.stringify(isObject(element) ? element['value'] : element);
}

/** `active` as the boolean that it means, whatever form it comes in; undefined when it is not there. */
export function toActive(resource: Json | undefined): boolean | undefined {
  const active = valueAt(resource, 'active');
  if (typeof active === 'boolean') return active;
  if (typeof active === 'string' && /^(true|false)$/i.test(active)) return active.toLowerCase() === 'true';
  return undefined;
}
