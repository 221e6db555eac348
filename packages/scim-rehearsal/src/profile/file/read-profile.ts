import { readFile } from 'node:fs/promises';
import { isObject, toText, type Json } from '../../client/json.js';
import { ProfileError, type Profile } from '../profile.js';
import { readCsv } from './csv.js';
import { listNames, closestName } from './closest-name.js';
import { toMappings } from './mapping-table.js';
import { readMarkdownTables } from './markdown-table.js';
import { parseProfile } from './parse-profile.js';
import { isSynchronizationSchema, toMapping } from './synchronization-schema.js';

/** The end of the message about a file in an unknown format. */
const ACCEPTED =
  'a profile must be JSON with users and groups, a schema downloaded from Entra, Markdown with a table of source and target attributes, or CSV with a path column';

/**
 * Reads a profile from a file: JSON with `users` and `groups` (each a list of rows), the synchronization schema of a
 * provisioning job, or a table in Markdown or CSV. In a file with several applications, `#` and a name select one, as in
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
    // PowerShell 5 writes UTF-16.
    return new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8').decode(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProfileError(`${file} cannot be read: ${reason}`, { cause: error });
  }
}

/** The mappings in a file, one for each application. */
function toApps(text: string, file: string): readonly Json[] {
  if (text.trim() === '') throw new ProfileError(`${file} is empty: ${ACCEPTED}`);
  const isMarkdown = /\.(?:md|markdown)$/i.test(file) || text.trimStart().startsWith('#');
  if (!isMarkdown && /^\s*[[{]/.test(text)) return toAppsOfJson(parseJson(text, file), file);
  const tables = readMarkdownTables(text);
  if (isMarkdown || tables.length > 0) {
    const title = /^#\s+(?:Tutorial: )?Configure (.+?) for automatic/m.exec(text)?.[1];
    return requireApps(toMappings(tables, title ?? file), `${file} has ${describeTables(text, tables.length)}`);
  }
  const [csv] = readCsv(text);
  const start = JSON.stringify(text.trim().split('\n', 1)[0]?.trim().slice(0, 60));
  return requireApps(
    csv && toMappings([csv], file),
    `${file} starts with ${start}, which has no column of target attributes`,
  );
}

function describeTables(page: string, tables: number): string {
  if (tables > 0) return 'no table with exactly one column of target attributes';
  return /!\[|<img/i.test(page) ? 'no table of attributes, only images' : 'no table of attributes';
}

function requireApps(apps: readonly Json[] | undefined, problem: string): readonly Json[] {
  if (!apps || apps.length === 0) throw new ProfileError(`${problem}: ${ACCEPTED}`);
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
    throw new ProfileError(`${file} is JSON without users (it has ${listNames(Object.keys(json))}): ${ACCEPTED}`);
  }
  return [json];
}

function selectApp(apps: readonly Json[], app: string | undefined, file: string): Json {
  const nameOf = (one: Json) => (isObject(one) ? toText(one['app'] ?? one['name']) : '');
  const names = apps.map(nameOf);
  if (app === undefined) {
    const [only] = apps;
    if (only !== undefined && apps.length === 1) return only;
    throw new ProfileError(
      `${file} contains ${apps.length} applications: select one with ${file}#NAME (${listNames(names)})`,
    );
  }
  const found = apps.find((one) => nameOf(one).toLowerCase() === app.toLowerCase());
  if (found !== undefined) return found;
  const near = closestName(app, names);
  const hint = near === undefined ? `it has ${listNames(names)}` : `did you mean ${near}?`;
  throw new ProfileError(`${file} has no application named ${app}: ${hint}`);
}
