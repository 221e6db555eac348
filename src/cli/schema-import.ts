import { readFile } from 'node:fs/promises';
import { DirectoryEntity } from '../domain/directory/directory.js';
import type { JsonValue } from '../domain/json.js';
import { registerSchemas } from '../domain/schema/schema-commands.js';
import { print } from './print.js';
import { UsageError } from './usage-error.js';
import { withDatabase } from './with-database.js';

export interface SchemaImportOptions {
  readonly resourceType?: string;
  readonly required?: boolean;
  readonly json?: boolean;
}

/** `portico schema import`. */
export async function schemaImport(slug: string, file: string, options: SchemaImportOptions): Promise<void> {
  const inputs = (await readResources(file)).map((schema) => ({ schema, ...options }));
  const registered = await withDatabase(async ({ em }) => {
    const directory = await em.fork().findOne(DirectoryEntity, { slug });
    if (!directory) throw new UsageError(`no directory is named ${slug}`);
    return registerSchemas(em, directory.id, inputs);
  });
  const shown = registered.map(({ definition: { urn, name }, resourceType }) => ({ urn, name, resourceType }));
  if (options.json) print(JSON.stringify(shown));
  else for (const { urn, resourceType } of shown) print(`${resourceType.padEnd(5)}  ${urn}`);
}

/** One resource, a list of them, or a list response as `/Schemas` of another service provider answers. */
async function readResources(file: string): Promise<readonly JsonValue[]> {
  const json = parse(await readText(file), file);
  const list = typeof json === 'object' && json !== null && 'Resources' in json ? json['Resources'] : json;
  const resources = Array.isArray(list) ? (list as readonly JsonValue[]) : [json];
  if (resources.length === 0) throw new UsageError(`${file} holds no schema`);
  return resources;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parse(text: string, file: string): JsonValue {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as JsonValue;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error);
    throw new UsageError(`${file} is not valid JSON: ${reason}`);
  }
}
