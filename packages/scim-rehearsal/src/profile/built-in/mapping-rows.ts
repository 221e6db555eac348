import { ENTERPRISE_URN, MANAGER_PATH } from '../../client/urns.js';
import type { MappingRow } from '../profile.js';

/** A row with the matching attribute. */
export function matched(path: string): MappingRow {
  return { path, type: 'String', matching: 1 };
}

/** Rows with string attributes. */
export function texts(...paths: readonly string[]): readonly MappingRow[] {
  return paths.map((path) => ({ path, type: 'String' }));
}

/** Rows with string attributes of the enterprise extension (RFC 7643 §4.3). */
export function enterprise(...names: readonly string[]): readonly MappingRow[] {
  return texts(...names.map((name) => `${ENTERPRISE_URN}:${name}`));
}

/** Rows with sub-attributes of the address of one type. */
export function address(type: string, ...names: readonly string[]): readonly MappingRow[] {
  return texts(...names.map((name) => `addresses[type eq "${type}"].${name}`));
}

export const ACTIVE: MappingRow = { path: 'active', type: 'Boolean' };

export const MANAGER: MappingRow = { path: MANAGER_PATH, type: 'Reference' };

export const MEMBERS: MappingRow = { path: 'members', type: 'Reference' };
