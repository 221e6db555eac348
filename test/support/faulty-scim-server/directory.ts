import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { keepDesk } from './desk.js';
import type { FaultName } from './faults.js';
import { parseFilter } from './filter.js';
import { toResource } from './new-resource.js';
import { applyPatch } from './patch.js';
import { ENTERPRISE_URN, Refusal, isObject, keyOf, type Kind, type Wire } from './wire.js';

/** The filter and page of a list. */
export interface Selection {
  readonly filter?: string;
  readonly startIndex: number;
  readonly count: number;
}

/** The number of users that a search with the fault lookup-scans-the-first-users covers. */
const SCANNED = 3;

/** Stores users and groups in memory, with the faults of the server. */
export class Directory {
  readonly #kept: Readonly<Record<Kind, Map<string, Wire>>> = { User: new Map(), Group: new Map() };

  constructor(readonly faults: ReadonlySet<FaultName>) {}

  count(kind: Kind): number {
    return this.#kept[kind].size;
  }

  get(kind: Kind, id: string): Wire {
    const found = this.#kept[kind].get(id);
    if (!found || this.#isHidden(found)) {
      throw new Refusal(this.faults.has('unknown-id-is-400') ? 400 : 404, `no ${kind} ${id}`);
    }
    return found;
  }

  list(kind: Kind, selection: Selection): Wire {
    const { filter, count } = selection;
    const startIndex = this.faults.has('start-index-ignored') ? 1 : selection.startIndex;
    const all = [...this.#kept[kind].values()].filter((one) => !this.#isHidden(one));
    const found = filter === undefined ? all : this.#find(kind, all, filter);
    if (found.length === 0 && filter !== undefined && this.faults.has('no-match-is-404')) {
      throw new Refusal(404, 'nothing matches');
    }
    const page = found.slice(startIndex - 1, startIndex - 1 + count);
    const said = this.faults.has('start-index-unsaid') ? {} : { startIndex };
    return { totalResults: found.length, ...said, itemsPerPage: page.length, Resources: page };
  }

  create(kind: Kind, body: Wire): Wire {
    const resource = toResource(kind, body, this.faults);
    const somebody = this.faults.has('account-adopted') && this.#findByEmail(resource);
    if (somebody) return Object.assign(somebody, resource);
    this.#refuseInvalid(kind, resource);
    keepDesk(resource, undefined, [...this.#kept.User.values()], this.faults);
    const now = new Date().toISOString();
    const created = { ...resource, id: randomUUID(), meta: { resourceType: kind, created: now, lastModified: now } };
    if (this.faults.has('rename-not-indexed')) created.meta.indexed = resource.userName;
    if (kind === 'User') created.active ??= true;
    this.#kept[kind].set(created.id, created);
    return created;
  }

  patch(kind: Kind, id: string, body: Wire): Wire {
    const before = this.get(kind, id);
    const after = JSON.parse(JSON.stringify(before));
    try {
      applyPatch(after, body, this.faults);
      this.#dropExtension(after);
      this.#refuseInvalid(kind, after);
      keepDesk(
        after,
        before,
        [...this.#kept.User.values()].filter((one) => one.id !== id),
        this.faults,
      );
    } catch (error) {
      if (this.faults.has('patch-applied-in-part')) this.#kept[kind].set(id, after);
      throw error;
    }
    const isDisabled = before.active === true && after.active === false;
    if (isDisabled && this.faults.has('disable-breaks')) throw new Error('broken');
    if (isDisabled && this.faults.has('disabled-user-leaves-groups')) this.#leaveGroups(id);
    if (!isDeepStrictEqual(before, after)) after.meta.lastModified = new Date().toISOString();
    this.#kept[kind].set(id, after);
    return after;
  }

  delete(kind: Kind, id: string): void {
    this.get(kind, id);
    if (this.faults.has('delete-refused')) throw new Refusal(405, 'nothing is ever deleted');
    if (this.faults.has('delete-does-nothing')) return;
    this.#kept[kind].delete(id);
    this.#leaveGroups(id);
    if (!this.faults.has('deletion-empties-others')) return;
    for (const user of this.#kept.User.values()) Reflect.deleteProperty(user, 'title');
  }

  #find(kind: Kind, all: readonly Wire[], filter: string): Wire[] {
    const { faults } = this;
    if (faults.has(kind === 'User' ? 'filter-refused' : 'group-filter-refused')) {
      throw new Refusal(400, 'no filters here', 'invalidFilter');
    }
    if (faults.has('and-refused') && / and /i.test(filter)) throw new Refusal(400, 'one at a time', 'invalidFilter');
    if (faults.has('filter-ignored') && kind === 'User') return [...all];
    if (faults.has(kind === 'User' ? 'lookup-finds-nobody' : 'lookup-finds-no-group')) return [];
    const scanned = faults.has('lookup-scans-the-first-users') && kind === 'User' ? all.slice(0, SCANNED) : all;
    const isMatch = parseFilter(filter, faults.has('user-name-case-exact'));
    // A stale index, with the original name of the user.
    return scanned.filter((one) => isMatch(one.meta.indexed ? { ...one, userName: one.meta.indexed } : one));
  }

  #findByEmail(resource: Wire): Wire {
    const addresses = new Set((resource.emails ?? []).map((one: Wire) => one.value));
    return [...this.#kept.User.values()].find((user) => user.emails?.some((one: Wire) => addresses.has(one.value)));
  }

  #leaveGroups(id: string): void {
    for (const group of this.#kept.Group.values()) {
      if (group.members) group.members = group.members.filter((one: Wire) => one.value !== id);
    }
  }

  #isHidden(resource: Wire): boolean {
    return this.faults.has('disabled-user-gone') && resource.active === false;
  }

  #dropExtension(resource: Wire): void {
    const key = keyOf(resource, ENTERPRISE_URN);
    const isEmpty = isObject(resource[key]) && Object.keys(resource[key]).length === 0;
    if (isEmpty || this.faults.has('enterprise-extension-dropped')) Reflect.deleteProperty(resource, key);
  }

  #refuseInvalid(kind: Kind, resource: Wire): void {
    const attribute = kind === 'User' ? 'userName' : 'displayName';
    const name = resource[attribute];
    if (typeof name !== 'string' || name === '') throw new Refusal(400, `${attribute} is required`, 'invalidValue');
    for (const { value } of resource.members ?? []) {
      if (!this.#kept.User.has(value) && !this.#kept.Group.has(value)) {
        throw new Refusal(400, `nobody has the id ${String(value)}`, 'invalidValue');
      }
    }
    if (this.faults.has(kind === 'User' ? 'duplicate-user-accepted' : 'duplicate-group-accepted')) return;
    const isSame = (one: string) =>
      kind === 'User' && this.faults.has('user-name-case-exact')
        ? one === name
        : one.toLowerCase() === name.toLowerCase();
    const isTaken = [...this.#kept[kind].values()].some((one) => one.id !== resource.id && isSame(one[attribute]));
    const isPlain = this.faults.has(kind === 'User' ? 'taken-user-name-is-400' : 'taken-group-name-is-400');
    if (isTaken) throw new Refusal(isPlain ? 400 : 409, `${attribute} ${name} is taken`, 'uniqueness');
  }
}
