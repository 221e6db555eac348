import type { MappingRow } from '../profile.js';

/** The row that Entra matches by. */
export function matched(path: string): MappingRow {
  return { path, type: 'String', matching: 1 };
}

/** Rows of text. */
export function texts(...paths: readonly string[]): readonly MappingRow[] {
  return paths.map((path) => ({ path, type: 'String' }));
}

/** Rows of text for attributes of the enterprise extension (RFC 7643 §4.3). */
export function enterprise(...names: readonly string[]): readonly MappingRow[] {
  return texts(...names.map((name) => `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:${name}`));
}

/** Rows of text for parts of an address of one type. */
export function address(type: string, ...names: readonly string[]): readonly MappingRow[] {
  return texts(...names.map((name) => `addresses[type eq "${type}"].${name}`));
}

export const ACTIVE: MappingRow = { path: 'active', type: 'Boolean' };

export const MANAGER: MappingRow = {
  path: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager',
  type: 'Reference',
};

export const MEMBERS: MappingRow = { path: 'members', type: 'Reference' };
