import { MANAGER_PATH } from '../client/attribute-path.js';

/** The types that the tables of gallery applications state. */
export const ROW_TYPES = ['String', 'Boolean', 'Reference', 'Number', 'Array'] as const;

/** What a row of a mapping table writes. */
export type RowType = (typeof ROW_TYPES)[number];

/** One row of a mapping: an attribute of Entra's user or group, and where it is written to. */
export interface MappingRow {
  /** The target: a SCIM attribute path. */
  readonly path: string;
  readonly type: RowType;
  /** The attribute in Entra, such as `userPrincipalName`; what Entra maps there by default when left out. */
  readonly source?: string;
  /** 1 is tried first when Entra looks for the object; undefined: it does not match by this row. */
  readonly matching?: number;
  /** Written whatever the source has. */
  readonly constant?: string | number | boolean;
}

/** The mappings of one application. */
export interface Profile {
  readonly name: string;
  readonly users: readonly MappingRow[];
  /** Empty: the application takes no groups. */
  readonly groups: readonly MappingRow[];
}

/** A profile that cannot be used. The message is one line and names the row. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
}

/** The rows that Entra matches by, in their order. */
export function matchingRows(rows: readonly MappingRow[]): readonly MappingRow[] {
  return rows
    .filter(({ matching }) => matching !== undefined)
    .toSorted((a, b) => (a.matching ?? 0) - (b.matching ?? 0));
}

/** True for the rows whose value is another object, which Entra writes in a second pass: `manager` and `members`. */
export function isReference({ path, type }: MappingRow): boolean {
  return type === 'Reference' || path === MANAGER_PATH || path === 'members';
}

/** True when a row of the table has this target. */
export function maps(rows: readonly MappingRow[], path: string): boolean {
  return rows.some((row) => row.path === path);
}
