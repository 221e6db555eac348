import { parseAttributePath } from '../../client/attribute-path.js';
import { isObject, toText, type Json, type JsonObject } from '../../client/json.js';
import { ENTRA_ATTRIBUTES } from '../entra-attributes.js';
import { ProfileError, ROW_TYPES, type MappingRow, type Profile } from '../profile.js';
import { findSource } from './entra-source.js';
import { closestName } from './closest-name.js';

/** The keys of an application. Those in the second line describe its tutorial and have no effect. */
const PROFILE_KEYS = [
  ...['app', 'name', 'users', 'groups', 'usersComplete', 'groupsComplete'],
  ...['file', 'tableColumns', 'tenantUrl', 'capabilities', 'note'],
];

/** The keys of a row. `required` has no effect. */
const ROW_KEYS = ['path', 'type', 'source', 'matching', 'constant', 'filter', 'required'];

/**
 * Parses a profile in the JSON format.
 *
 * @param where the start of error messages
 * @throws ProfileError
 */
export function parseProfile(json: Json, where: string): Profile {
  if (!isObject(json)) throw new ProfileError(`${where} is not a mapping: expected an object with users and groups`);
  refuseUnknownKeys(json, PROFILE_KEYS, where);
  const isIncomplete = json['usersComplete'] === false;
  const users = parseRows(json['users'], 'users', where);
  const groups = parseRows(json['groups'] ?? [], 'groups', where);
  const completed =
    isIncomplete && !users.some(({ path }) => isSamePath(path, 'userName')) ? [USER_NAME, ...users] : users;
  const name = json['app'] ?? json['name'] ?? where;
  return {
    name: typeof name === 'string' ? name : where,
    users: withMatching(completed, 'userName', `${where}: users`),
    groups: groups.length === 0 ? [] : withMatching(groups, 'displayName', `${where}: groups`),
  };
}

const USER_NAME: FilterableRow = { path: 'userName', type: 'String', filter: true };

/** A row of a table that states whether the application supports filtering by it. */
interface FilterableRow extends MappingRow {
  readonly filter?: boolean;
}

/** Ignoring an unknown key would silently leave something out of the rehearsal. */
function refuseUnknownKeys(json: JsonObject, known: readonly string[], where: string): void {
  const unknown = Object.keys(json).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const near = closestName(unknown, known);
  const hint = near === undefined ? `known keys are ${known.join(', ')}` : `did you mean ${near}?`;
  throw new ProfileError(`${where}: unknown key ${JSON.stringify(unknown)}: ${hint}`);
}

function parseRows(json: Json | undefined, list: string, where: string): readonly FilterableRow[] {
  if (!Array.isArray(json)) throw new ProfileError(`${where}: ${list} must be a list of rows`);
  const rows = (json as readonly Json[]).map((row, index) => parseRow(row, `${where}: ${list}[${index}]`));
  for (const [index, { path }] of rows.entries()) {
    const first = rows.findIndex((row) => isSamePath(row.path, path));
    if (first < index) throw new ProfileError(`${where}: ${list}[${index}] maps ${path} a second time`);
  }
  return rows;
}

function parseRow(row: Json, where: string): FilterableRow {
  if (!isObject(row)) throw new ProfileError(`${where} must be an object with a path`);
  refuseUnknownKeys(row, ROW_KEYS, where);
  const { path, type = 'String', matching, filter } = row;
  if (typeof path !== 'string') throw new ProfileError(`${where} has no path`);
  if (!parseAttributePath(path)) throw new ProfileError(`${where}: ${path} is not an attribute path`);
  const knownType = ROW_TYPES.find((one) => one.toLowerCase() === toText(type).toLowerCase());
  if (!knownType) throw new ProfileError(`${where}: type is ${toText(type)}, not one of ${ROW_TYPES.join(', ')}`);
  if (matching !== undefined && (!Number.isInteger(matching) || Number(matching) < 1)) {
    throw new ProfileError(`${where}: matching must be a positive integer`);
  }
  const constant = parseConstant(row, where);
  if (matching !== undefined && constant !== undefined) {
    throw new ProfileError(`${where} has both matching and constant: every object would have the same matching value`);
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

/** Unlike in a mapping exported from Entra, an unknown source in a file written by hand is a mistake. */
function parseSource({ source }: JsonObject, where: string): string | undefined {
  if (source === undefined) return undefined;
  if (typeof source !== 'string') throw new ProfileError(`${where}: source must be the name of an attribute`);
  const known = findSource(source);
  if (known !== undefined) return known;
  const near = closestName(source, ENTRA_ATTRIBUTES);
  const hint = near === undefined ? `known attributes are ${ENTRA_ATTRIBUTES.join(', ')}` : `did you mean ${near}?`;
  throw new ProfileError(`${where}: unknown source ${source}: ${hint}`);
}

function parseConstant({ constant }: JsonObject, where: string): string | number | boolean | undefined {
  if (constant === undefined || constant === null) return undefined;
  if (typeof constant === 'object')
    throw new ProfileError(`${where}: constant must be a string, a number or a boolean`);
  return constant;
}

/** If no row has a precedence, the default matching attribute gets it, or else the first row that supports filtering. */
function withMatching(rows: readonly FilterableRow[], usual: string, where: string): readonly MappingRow[] {
  const plain = rows.map(({ filter: _filter, ...row }) => row);
  if (rows.some(({ matching }) => matching !== undefined)) return plain;
  const free = rows.filter(({ constant }) => constant === undefined);
  const chosen = free.find(({ path }) => isSamePath(path, usual)) ?? free.find(({ filter }) => filter);
  if (!chosen) throw new ProfileError(`${where} have no matching attribute: add "matching": 1 to a row`);
  return plain.map((row) => (row.path === chosen.path ? { ...row, matching: 1 } : row));
}

/** Attribute names are case-insensitive (RFC 7643 §2.1). */
function isSamePath(path: string, other: string): boolean {
  return path.toLowerCase() === other.toLowerCase();
}
