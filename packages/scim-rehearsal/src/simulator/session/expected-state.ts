import { valueAt } from '../../client/attribute-path.js';
import type { Json } from '../../client/json.js';
import type { Collection } from '../../client/resource.js';
import type { Values } from '../../client/resource-body.js';
import { isSameValue } from '../../client/value-equality.js';

/** A user as the endpoint should store it, according to the last request. */
export interface ExpectedUser {
  readonly n: number;
  readonly id: string;
  values: Values;
  active: boolean;
  /** Null: the manager was removed. Undefined: none was written, or it is unknown. */
  managerId?: string | null | undefined;
  /** True after a step failed and was reported: the stored state is then not compared. */
  isUncertain: boolean;
}

/** A group as the endpoint should store it. */
export interface ExpectedGroup {
  readonly n: number;
  readonly id: string;
  values: Values;
  readonly members: Set<string>;
  isUncertain: boolean;
}

/** A user or group that a cycle deleted. */
export interface DeletedObject {
  readonly collection: Collection;
  readonly id: string;
  readonly name: string;
}

/** A stored value that differs from the one that was sent. */
export interface Difference {
  readonly path: string;
  readonly sent: Json;
  /** Undefined if there is none. */
  readonly stored: Json | undefined;
}

/** The users and groups that the endpoint should store. */
export class ExpectedState {
  readonly users = new Map<string, ExpectedUser>();
  readonly groups = new Map<string, ExpectedGroup>();
  /** Paths whose values are not returned as sent. They are reported once and not compared again. */
  readonly unreliablePaths = new Set<string>();
  readonly #deleted: DeletedObject[] = [];

  /** Users by number: the order of the responses would make the run irreproducible. */
  get usersInOrder(): readonly ExpectedUser[] {
    return [...this.users.values()].toSorted((a, b) => a.n - b.n);
  }

  /** Groups by number. */
  get groupsInOrder(): readonly ExpectedGroup[] {
    return [...this.groups.values()].toSorted((a, b) => a.n - b.n);
  }

  /** The objects that cycles deleted, except those created again with the same id, as happens if ids are derived from names. */
  get deleted(): readonly DeletedObject[] {
    return this.#deleted.filter(({ id }) => !this.users.has(id) && !this.groups.has(id));
  }

  delete(object: DeletedObject): void {
    this.#deleted.push(object);
    this.users.delete(object.id);
    this.groups.delete(object.id);
  }

  /** Finds the values of a resource that differ from those that were sent. */
  differences(resource: Json | undefined, values: Values): readonly Difference[] {
    return Object.entries(values).flatMap(([path, sent]): Difference[] => {
      if (path === 'active' || this.unreliablePaths.has(path)) return [];
      const stored = valueAt(resource, path);
      return isSameValue(sent, stored) ? [] : [{ path, sent, stored }];
    });
  }
}
