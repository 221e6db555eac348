import type { Draft } from '../../client/attribute-path.js';
import type { Json } from '../../client/json.js';
import type { Operation } from '../../client/patch-body.js';
import { FLAG, type Dialect } from './dialect.js';

/**
 * A peculiarity of Entra's requests that an endpoint may not accept. Once this is known and reported, requests are written
 * without it, so that the rehearsal can continue.
 */
export type Deviation =
  | 'capital-ops'
  | 'text-booleans'
  | 'pathless-replace'
  | 'dotted-keys'
  | 'extension-keys'
  | 'removal-by-value'
  | 'removal-by-path'
  | 'member-batches'
  | 'manager-as-text'
  | 'extra-keys'
  | 'null-refs'
  | 'empty-roles'
  | 'enterprise-schema'
  | 'group-schema';

/** A new value of an attribute. */
export interface Change {
  readonly path: string;
  readonly value: Json;
  /** True if Entra has not written a value before: it then adds rather than replaces. */
  readonly isNew?: boolean;
}

/** Writes PATCH operations in one dialect, without the deviations that the endpoint does not accept. */
export class PatchWriter {
  constructor(
    readonly dialect: Dialect,
    readonly avoid: ReadonlySet<Deviation> = new Set(),
  ) {}

  get isFlagged(): boolean {
    return this.dialect === FLAG;
  }

  /** The name of an operation. */
  op(name: 'add' | 'replace' | 'remove'): string {
    if (this.isFlagged || this.avoid.has('capital-ops')) return name;
    return { add: 'Add', replace: 'Replace', remove: 'Remove' }[name];
  }

  /** Changes attributes of a user or group. */
  toChange(changes: readonly Change[]): Operation[] {
    return this.isFlagged ? this.#toFlaggedChange(changes) : changes.map((change) => this.#toOperation(change));
  }

  /** Disables or enables a user. */
  toActive(active: boolean): Operation[] {
    return [this.#toOperation({ path: 'active', value: active })];
  }

  /** Adds members in one operation. In the default dialect, the operation has a name and each member an empty reference. */
  toMemberAddition(ids: readonly string[]): Operation[] {
    const value = ids.map((id) =>
      this.isFlagged || this.avoid.has('null-refs') ? { value: id } : { $ref: null, value: id },
    );
    const operation = { op: this.op('add'), path: 'members', value };
    return [this.isFlagged || this.avoid.has('extra-keys') ? operation : { name: 'addMember', ...operation }];
  }

  /**
   * Removes members. In the default dialect, one operation lists them in its value, which RFC 7644 §3.5.2.2 does not define; with
   * the flag, one operation for each member has a filter in its path.
   */
  toMemberRemoval(ids: readonly string[]): Operation[] {
    const isByPath = this.avoid.has('removal-by-value') || (this.isFlagged && !this.avoid.has('removal-by-path'));
    const op = this.op('remove');
    if (isByPath) return ids.map((id) => ({ op, path: `members[value eq ${JSON.stringify(id)}]` }));
    return [{ op, path: 'members', value: ids.map((value) => ({ value })) }];
  }

  /** Sets a manager: the bare id at the path of the enterprise extension, as seen in reports. */
  toManager(path: string, id: string, isNew: boolean): Operation[] {
    const value = this.avoid.has('manager-as-text') ? { value: id } : id;
    return [{ op: this.op(isNew ? 'add' : 'replace'), path, value }];
  }

  /** Removes a manager, the only reference that Entra removes by its path. */
  toManagerRemoval(path: string): Operation[] {
    return [{ op: this.op('remove'), path }];
  }

  #toOperation({ path, value, isNew = false }: Change): Operation {
    return { op: this.op(isNew ? 'add' : 'replace'), path, value: this.#toValue(value) };
  }

  /** Combines changes into one pathless replace with dotted and URN keys, except those that need an operation of their own. */
  #toFlaggedChange(changes: readonly Change[]): Operation[] {
    const isSeparate = ({ path, isNew }: Change) =>
      this.avoid.has('pathless-replace') ||
      isNew === true ||
      path === 'active' ||
      path.includes('[') ||
      (this.avoid.has('extension-keys') && path.startsWith('urn:')) ||
      (this.avoid.has('dotted-keys') && !path.startsWith('urn:') && path.includes('.'));
    const combined: Draft = {};
    for (const change of changes) if (!isSeparate(change)) combined[change.path] = change.value;
    const separate = changes.filter(isSeparate).map((change) => this.#toOperation(change));
    return Object.keys(combined).length > 0 ? [...separate, { op: 'replace', value: combined }] : separate;
  }

  /** The default dialect writes booleans as text. */
  #toValue(value: Json): Json {
    if (this.isFlagged || this.avoid.has('text-booleans') || typeof value !== 'boolean') return value;
    return value ? 'True' : 'False';
  }
}
