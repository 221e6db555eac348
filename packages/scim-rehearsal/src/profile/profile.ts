import { MANAGER_PATH } from '../client/urns.js';

/** The types in the attribute tables of gallery applications. */
export const ROW_TYPES = ['String', 'Boolean', 'Reference', 'Number', 'Array'] as const;

/** The type of a mapped attribute. */
export type RowType = (typeof ROW_TYPES)[number];

/** One row of an attribute mapping: an attribute of Entra's user or group, and the SCIM attribute that it is written to. */
export interface MappingRow {
  /** The target: a SCIM attribute path. */
  readonly path: string;
  readonly type: RowType;
  /** The attribute in Entra, such as `userPrincipalName`. By default, the one that Entra maps to the target. */
  readonly source?: string;
  /** The matching precedence: Entra looks objects up by the row with 1 first. Undefined: not a matching attribute. */
  readonly matching?: number;
  /** Written instead of the value of the source. */
  readonly constant?: string | number | boolean;
}

/** The attribute mappings of one application. */
export interface Profile {
  readonly name: string;
  readonly users: readonly MappingRow[];
  /** Empty if groups are not provisioned. */
  readonly groups: readonly MappingRow[];
}

/** A profile that cannot be used. The message is one line and names the row. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
}

/** The rows with matching attributes, in the order of their precedence. */
export function matchingRows(rows: readonly MappingRow[]): readonly MappingRow[] {
  return rows
    .filter(({ matching }) => matching !== undefined)
    .toSorted((a, b) => (a.matching ?? 0) - (b.matching ?? 0));
}

/** True for `manager` and `members`, whose values are other objects. Entra writes them in a second pass. */
export function isReference({ path, type }: MappingRow): boolean {
  return type === 'Reference' || path === MANAGER_PATH || path === 'members';
}

/** True if a row has this target. */
export function maps(rows: readonly MappingRow[], path: string): boolean {
  return rows.some((row) => row.path === path);
}
