import { readFile } from 'node:fs/promises';
import { MANAGER_PATH, parseAttributePath } from './attribute-path.js';
import { isObject, toText, type Json, type JsonObject } from './json.js';
import { readTutorialTables } from './tutorial-table.js';

/** The types that the tables of gallery applications state. */
const ROW_TYPES = ['String', 'Boolean', 'Reference', 'Number', 'Array'] as const;

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
  /** Written at creation when the source has none. */
  readonly default?: string | number | boolean;
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

/**
 * Reads a profile from a file: JSON with `users` and `groups` (each a list of rows), one of many under `apps` (named after
 * `#`, as in `gallery.json#SoSafe`), or the Markdown of a provisioning tutorial with its tables.
 *
 * @throws ProfileError
 */
export async function readProfile(reference: string): Promise<Profile> {
  const [, file = reference, app] = /^(.+?)(?:#(.+))?$/s.exec(reference) ?? [];
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new ProfileError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (!/^\s*[[{\uFEFF]/.test(text)) return parseProfile(readTutorialTables(text, file), file);
  return parseProfile(selectApp(parseJson(text, file), app, file), file);
}

function parseJson(text: string, file: string): Json {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as Json;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error);
    throw new ProfileError(`${file} is not valid JSON: ${reason}`, { cause: error });
  }
}

function selectApp(json: Json, app: string | undefined, file: string): Json {
  const apps = isObject(json) && Array.isArray(json['apps']) ? (json['apps'] as readonly Json[]) : undefined;
  if (!apps) return json;
  const found = apps.find((one) => isObject(one) && toText(one['app']).toLowerCase() === app?.toLowerCase());
  if (found !== undefined) return found;
  const what = app === undefined ? 'holds several applications' : `has no application named ${app}`;
  throw new ProfileError(`${file} ${what}: name one of them as ${file}#NAME`);
}

/**
 * A profile from JSON of the shape that gallery tables have.
 *
 * @param where what the message of an error begins with
 * @throws ProfileError
 */
export function parseProfile(json: Json, where: string): Profile {
  if (!isObject(json)) throw new ProfileError(`${where} is no mapping: an object with users and groups is needed`);
  const isCut = json['usersComplete'] === false;
  const users = parseRows(json['users'], 'users', where);
  const groups = parseRows(json['groups'] ?? [], 'groups', where);
  const needed = isCut && !maps(users, 'userName') ? [USER_NAME, ...users] : users;
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

function parseRows(json: Json | undefined, list: string, where: string): readonly FilterableRow[] {
  if (!Array.isArray(json)) throw new ProfileError(`${where}: ${list} must be a list of rows`);
  const rows = (json as readonly Json[]).map((row, index) => parseRow(row, `${where}: ${list}[${index}]`));
  const paths = new Set<string>();
  for (const [index, { path }] of rows.entries()) {
    if (paths.has(path)) throw new ProfileError(`${where}: ${list}[${index}] writes ${path} a second time`);
    paths.add(path);
  }
  return rows;
}

function parseRow(row: Json, where: string): FilterableRow {
  if (!isObject(row)) throw new ProfileError(`${where} must be an object with a path`);
  const { path, type = 'String', source, matching, filter } = row;
  if (typeof path !== 'string') throw new ProfileError(`${where} has no path`);
  if (!parseAttributePath(path)) throw new ProfileError(`${where}: ${path} is no attribute path`);
  const knownType = ROW_TYPES.find((one) => one.toLowerCase() === toText(type).toLowerCase());
  if (!knownType) throw new ProfileError(`${where}: type is ${toText(type)}, not one of ${ROW_TYPES.join(', ')}`);
  if (source !== undefined && typeof source !== 'string') throw new ProfileError(`${where}: source must be a name`);
  if (matching !== undefined && (!Number.isInteger(matching) || Number(matching) < 1)) {
    throw new ProfileError(`${where}: matching must be 1, 2, 3 …`);
  }
  return {
    path,
    type: knownType,
    ...(source === undefined ? {} : { source }),
    ...(matching === undefined ? {} : { matching: Number(matching) }),
    ...parseFixed(row, 'constant', where),
    ...parseFixed(row, 'default', where),
    ...(filter === true ? { filter } : {}),
  };
}

function parseFixed(row: JsonObject, name: 'constant' | 'default', where: string): Partial<MappingRow> {
  const value = row[name];
  if (value === undefined || value === null) return {};
  if (typeof value === 'object') throw new ProfileError(`${where}: ${name} must be text, a number or a boolean`);
  return { [name]: value };
}

/** Where no row says that Entra matches by it, Entra's own default does, or else the first row that may be looked up. */
function withMatching(rows: readonly FilterableRow[], usual: string, where: string): readonly MappingRow[] {
  const plain = rows.map(({ filter: _filter, ...row }) => row);
  if (rows.some(({ matching }) => matching !== undefined)) return plain;
  const chosen = rows.find(({ path }) => path === usual) ?? rows.find(({ filter }) => filter);
  if (!chosen) throw new ProfileError(`${where} have no row to match by: give one of them "matching": 1`);
  return plain.map((row) => (row.path === chosen.path ? { ...row, matching: 1 } : row));
}
