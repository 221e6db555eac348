import type { Draft } from '../../client/attribute-path.js';
import type { Json, JsonObject } from '../../client/json.js';

/**
 * How a PATCH is written. `default`: capitalised operations, a path for each attribute, booleans as text.
 * `aadOptscim062020`: what the flag of that name on the Tenant URL asks for, RFC 7644 in Entra's reading of it.
 */
export type Dialect = 'default' | 'aadOptscim062020';

/** `both`: the flag does not reach on-demand provisioning, so a flagged tenant sends either. */
export type DialectChoice = Dialect | 'both';

export const FLAG = 'aadOptscim062020';

export const DIALECT_CHOICES = ['default', FLAG, 'both'] as const satisfies readonly DialectChoice[];

/**
 * What the endpoint has turned out not to take. It has been reported once; from then on it is written in another way, so
 * that what lies behind it can be rehearsed too.
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

/** One operation of a PATCH. */
export interface Operation {
  readonly name?: string;
  readonly op: string;
  readonly path?: string;
  readonly value?: Json;
}

/** A new value for an attribute. */
export interface Change {
  readonly path: string;
  readonly value: Json;
  /** True where Entra has written no value there before: it then adds rather than replaces. */
  readonly isNew?: boolean;
}

const PATCH_URN = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** The body of a PATCH; seen in reports: that of a group repeats the group's id, which RFC 7644 does not know. */
export function toPatchBody(operations: readonly Operation[], groupId?: string): JsonObject {
  const list = operations.map((operation) => ({ ...operation }));
  return { schemas: [PATCH_URN], ...(groupId === undefined ? {} : { id: groupId }), Operations: list };
}

/** How one dialect writes what changes, but for what the endpoint is known not to take. */
export class PatchWriter {
  constructor(
    readonly dialect: Dialect,
    readonly avoid: ReadonlySet<Deviation> = new Set(),
  ) {}

  get isFlagged(): boolean {
    return this.dialect === FLAG;
  }

  /** The operations that change attributes of a user or group. */
  toChange(changes: readonly Change[]): Operation[] {
    return this.isFlagged ? this.#toFlaggedChange(changes) : changes.map((change) => this.#toOperation(change));
  }

  /** Disables or enables a user. */
  toActive(active: boolean): Operation[] {
    return [this.#toOperation({ path: 'active', value: active })];
  }

  /** Adds members in one operation. The default dialect names it, and gives each an empty reference. */
  toMemberAddition(ids: readonly string[]): Operation[] {
    const value = ids.map((id) =>
      this.isFlagged || this.avoid.has('null-refs') ? { value: id } : { $ref: null, value: id },
    );
    const operation = { op: this.#op('add'), path: 'members', value };
    return [this.isFlagged || this.avoid.has('extra-keys') ? operation : { name: 'addMember', ...operation }];
  }

  /**
   * Removes members: by a list of values in the default dialect, which RFC 7644 §3.5.2.2 does not know; by a filter in the
   * path with the flag, an operation for each.
   */
  toMemberRemoval(ids: readonly string[]): Operation[] {
    const isByPath = this.avoid.has('removal-by-value') || (this.isFlagged && !this.avoid.has('removal-by-path'));
    const op = this.#op('remove');
    if (isByPath) return ids.map((id) => ({ op, path: `members[value eq ${JSON.stringify(id)}]` }));
    return [{ op, path: 'members', value: ids.map((value) => ({ value })) }];
  }

  /** Sets a manager: seen as a bare id at the enterprise path. */
  toManager(path: string, id: string, isNew: boolean): Operation[] {
    const value = this.avoid.has('manager-as-text') ? { value: id } : id;
    return [{ op: this.#op(isNew ? 'add' : 'replace'), path, value }];
  }

  /** Takes a manager away: the one reference whose removal Entra does send. */
  toManagerRemoval(path: string): Operation[] {
    return [{ op: this.#op('remove'), path }];
  }

  #toOperation({ path, value, isNew = false }: Change): Operation {
    return { op: this.#op(isNew ? 'add' : 'replace'), path, value: this.#toValue(value) };
  }

  /** Filtered paths stay operations of their own; all the rest goes into one pathless replace of dotted and URN keys. */
  #toFlaggedChange(changes: readonly Change[]): Operation[] {
    const stands = ({ path, isNew }: Change) =>
      this.avoid.has('pathless-replace') ||
      isNew === true ||
      path === 'active' ||
      path.includes('[') ||
      (this.avoid.has('extension-keys') && path.startsWith('urn:')) ||
      (this.avoid.has('dotted-keys') && !path.startsWith('urn:') && path.includes('.'));
    const together: Draft = {};
    for (const change of changes) if (!stands(change)) together[change.path] = change.value;
    const alone = changes.filter(stands).map((change) => this.#toOperation(change));
    return Object.keys(together).length > 0 ? [...alone, { op: 'replace', value: together }] : alone;
  }

  /** The default dialect has text for booleans, and nothing else. */
  #toValue(value: Json): Json {
    if (this.isFlagged || this.avoid.has('text-booleans') || typeof value !== 'boolean') return value;
    return value ? 'True' : 'False';
  }

  #op(name: 'add' | 'replace' | 'remove'): string {
    if (this.isFlagged || this.avoid.has('capital-ops')) return name;
    return { add: 'Add', replace: 'Replace', remove: 'Remove' }[name];
  }
}
