import { parseAttributePath } from '../../client/attribute-path.js';
import { isObject, toText, type Json, type JsonObject } from '../../client/json.js';
import { ENTRA_ATTRIBUTES } from '../personas.js';
import { ProfileError, ROW_TYPES, type MappingRow, type Profile } from '../profile.js';
import { findSource } from './entra-source.js';
import { closestName } from './closest-name.js';

/** What an application may have. The ones in the last line tell of its tutorial and change nothing. */
const PROFILE_KEYS = [
  ...['app', 'name', 'users', 'groups', 'usersComplete', 'groupsComplete'],
  ...['file', 'tableColumns', 'tenantUrl', 'capabilities', 'note'],
];

/** What a row may have. `required` tells what the application needs and changes nothing. */
const ROW_KEYS = ['path', 'type', 'source', 'matching', 'constant', 'filter', 'required'];

/**
 * A profile from JSON of the shape that gallery tables have.
 *
 * @param where what the message of an error begins with
 * @throws ProfileError
 */
export function parseProfile(json: Json, where: string): Profile {
  if (!isObject(json)) throw new ProfileError(`${where} is no mapping: an object with users and groups is needed`);
  refuseUnknownKeys(json, PROFILE_KEYS, where);
  const isCut = json['usersComplete'] === false;
  const users = parseRows(json['users'], 'users', where);
  const groups = parseRows(json['groups'] ?? [], 'groups', where);
  const needed = isCut && !users.some(({ path }) => isSame(path, 'userName')) ? [USER_NAME, ...users] : users;
  const name = json['app'] ?? json['name'] ?? where;
  return {
    name: typeof name === 'string' ? name : where,
    users: withMatching(needed, 'userName', `${where}: users`),
    groups: groups.length === 0 ? [] : withMatching(groups, 'displayName', `${where}: groups`),
  };
}

const USER_NAME: FilterableRow = { path: 'userName', type: 'String', filter: true };

/** As a table has it: whether Entra may look objects up by the row. */
interface FilterableRow extends MappingRow {
  readonly filter?: boolean;
}

/** A key that is passed over would leave something out of the rehearsal, and nobody would know. */
function refuseUnknownKeys(json: JsonObject, known: readonly string[], where: string): void {
  const unknown = Object.keys(json).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const near = closestName(unknown, known);
  const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`;
  throw new ProfileError(`${where}: nothing is known of ${JSON.stringify(unknown)}: ${hint}`);
}

function parseRows(json: Json | undefined, list: string, where: string): readonly FilterableRow[] {
  if (!Array.isArray(json)) throw new ProfileError(`${where}: ${list} must be a list of rows`);
  const rows = (json as readonly Json[]).map((row, index) => parseRow(row, `${where}: ${list}[${index}]`));
  for (const [index, { path }] of rows.entries()) {
    const first = rows.findIndex((row) => isSame(row.path, path));
    if (first < index) throw new ProfileError(`${where}: ${list}[${index}] writes ${path} a second time`);
  }
  return rows;
}

function parseRow(row: Json, where: string): FilterableRow {
  if (!isObject(row)) throw new ProfileError(`${where} must be an object with a path`);
  refuseUnknownKeys(row, ROW_KEYS, where);
  const { path, type = 'String', matching, filter } = row;
  if (typeof path !== 'string') throw new ProfileError(`${where} has no path`);
  if (!parseAttributePath(path)) throw new ProfileError(`${where}: ${path} is no attribute path`);
  const knownType = ROW_TYPES.find((one) => one.toLowerCase() === toText(type).toLowerCase());
  if (!knownType) throw new ProfileError(`${where}: type is ${toText(type)}, not one of ${ROW_TYPES.join(', ')}`);
  if (matching !== undefined && (!Number.isInteger(matching) || Number(matching) < 1)) {
    throw new ProfileError(`${where}: matching must be 1, 2, 3 …`);
  }
  const constant = parseConstant(row, where);
  if (matching !== undefined && constant !== undefined) {
    throw new ProfileError(`${where} matches by a constant, which everybody has: leave matching or constant out`);
  }
  const source = parseSource(row, where);
  return {
    path,
    type: knownType,
    ...(source === undefined ? {} : { source }),
    ...(matching === undefined ? {} : { matching: Number(matching) }),
    ...(constant === undefined ? {} : { constant }),
    ...(filter === true ? { filter } : {}),
  };
}

/** Whoever writes this file by hand has chosen the source, so a name that is not known is a slip. */
function parseSource({ source }: JsonObject, where: string): string | undefined {
  if (source === undefined) return undefined;
  if (typeof source !== 'string') throw new ProfileError(`${where}: source must be a name`);
  const known = findSource(source);
  if (known !== undefined) return known;
  const near = closestName(source, ENTRA_ATTRIBUTES);
  const hint = near === undefined ? `known are ${ENTRA_ATTRIBUTES.join(', ')}` : `did you mean ${near}?`;
  throw new ProfileError(`${where}: source is ${source}, which nobody here has a value of: ${hint}`);
}

function parseConstant({ constant }: JsonObject, where: string): string | number | boolean | undefined {
  if (constant === undefined || constant === null) return undefined;
  if (typeof constant === 'object') throw new ProfileError(`${where}: constant must be text, a number or a boolean`);
  return constant;
}

/** Where no row says that Entra matches by it, Entra's own default does, or else the first row that may be looked up. */
function withMatching(rows: readonly FilterableRow[], usual: string, where: string): readonly MappingRow[] {
  const plain = rows.map(({ filter: _filter, ...row }) => row);
  if (rows.some(({ matching }) => matching !== undefined)) return plain;
  const free = rows.filter(({ constant }) => constant === undefined);
  const chosen = free.find(({ path }) => isSame(path, usual)) ?? free.find(({ filter }) => filter);
  if (!chosen) throw new ProfileError(`${where} have no row to match by: give one of them "matching": 1`);
  return plain.map((row) => (row.path === chosen.path ? { ...row, matching: 1 } : row));
}

/** Names of attributes are case-insensitive (RFC 7643 §2.1). */
function isSame(path: string, other: string): boolean {
  return path.toLowerCase() === other.toLowerCase();
}
