import { readFile } from 'node:fs/promises';
import { isObject, toText, type Json } from '../../client/json.js';
import { ProfileError, type Profile } from '../profile.js';
import { readCsv } from './csv.js';
import { listOf, closestName } from './closest-name.js';
import { toMappings } from './mapping-table.js';
import { readMarkdownTables } from './markdown-table.js';
import { parseProfile } from './parse-profile.js';
import { isSynchronizationSchema, toMapping } from './synchronization-schema.js';

/** What a message ends with when a file is none of it. */
const ACCEPTED =
  'a profile is JSON with users and groups, the schema that Entra lets you download, Markdown with a table of source and target attributes, or CSV with a column path';

/**
 * Reads a profile from a file: JSON with `users` and `groups` (each a list of rows), Entra's own schema of a provisioning
 * job, or a table in Markdown or CSV. Of many applications in one file, the one that is named after `#` is taken, as in
 * `gallery.json#SoSafe`.
 *
 * @throws ProfileError
 */
export async function readProfile(reference: string): Promise<Profile> {
  const [, file = reference, app] = /^(.+?)(?:#(.+))?$/s.exec(reference) ?? [];
  return parseProfile(selectApp(toApps(await readText(file), file), app, file), file);
}

async function readText(file: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    // PowerShell 5 writes what it saves in UTF-16.
    return new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8').decode(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProfileError(`${file} cannot be read: ${reason}`, { cause: error });
  }
}

/** The mappings of a file, one for each application in it. */
function toApps(text: string, file: string): readonly Json[] {
  if (text.trim() === '') throw new ProfileError(`${file} is empty: ${ACCEPTED}`);
  const isMarkdown = /\.(?:md|markdown)$/i.test(file) || text.trimStart().startsWith('#');
  if (!isMarkdown && /^\s*[[{]/.test(text)) return toAppsOfJson(parseJson(text, file), file);
  const tables = readMarkdownTables(text);
  if (isMarkdown || tables.length > 0) {
    const title = /^#\s+(?:Tutorial: )?Configure (.+?) for automatic/m.exec(text)?.[1];
    return orRefuse(toMappings(tables, title ?? file), `${file} has ${toFound(text, tables.length)}`);
  }
  const [csv] = readCsv(text);
  const start = JSON.stringify(text.trim().split('\n', 1)[0]?.trim().slice(0, 60));
  return orRefuse(
    csv && toMappings([csv], file),
    `${file} begins with ${start}, where no column of target attributes is`,
  );
}

function toFound(page: string, tables: number): string {
  if (tables > 0) return 'no table whose head has one column of target attributes';
  return /!\[|<img/i.test(page) ? 'no table as text, only pictures' : 'no table of attributes';
}

function orRefuse(apps: readonly Json[] | undefined, found: string): readonly Json[] {
  if (!apps || apps.length === 0) throw new ProfileError(`${found}: ${ACCEPTED}`);
  return apps;
}

function parseJson(text: string, file: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error);
    throw new ProfileError(`${file} is not valid JSON: ${reason}`, { cause: error });
  }
}

function toAppsOfJson(json: Json, file: string): readonly Json[] {
  if (isSynchronizationSchema(json)) return [toMapping(json, file)];
  if (isObject(json) && Array.isArray(json['apps'])) return json['apps'] as readonly Json[];
  if (isObject(json) && json['users'] === undefined && closestName('users', Object.keys(json)) === undefined) {
    throw new ProfileError(`${file} is JSON without users (it has ${listOf(Object.keys(json))}): ${ACCEPTED}`);
  }
  return [json];
}

function selectApp(apps: readonly Json[], app: string | undefined, file: string): Json {
  const nameOf = (one: Json) => (isObject(one) ? toText(one['app'] ?? one['name']) : '');
  const names = apps.map(nameOf);
  if (app === undefined) {
    const [only] = apps;
    if (only !== undefined && apps.length === 1) return only;
    throw new ProfileError(`${file} holds ${apps.length} applications: name one as ${file}#NAME (${listOf(names)})`);
  }
  const found = apps.find((one) => nameOf(one).toLowerCase() === app.toLowerCase());
  if (found !== undefined) return found;
  const near = closestName(app, names);
  const hint = near === undefined ? `it has ${listOf(names)}` : `did you mean ${near}?`;
  throw new ProfileError(`${file} has no application named ${app}: ${hint}`);
}
