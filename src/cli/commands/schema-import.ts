import { readFile } from 'node:fs/promises';
import { DirectoryEntity } from '../../domain/directory/directory.js';
import { isJsonObject, type JsonValue } from '../../domain/kernel/json.js';
import { createStore } from '../../domain/store.js';
import { importSchemas } from '../../domain/schema-registry/resource-type-commands.js';
import { print } from '../terminal/print.js';
import { UsageError } from '../terminal/usage-error.js';
import { withDatabase } from './with-database.js';

export interface SchemaImportOptions {
  readonly resourceType?: string;
  readonly required?: boolean;
  readonly json?: boolean;
}

/** Runs `portico schema import`. */
export async function schemaImport(slug: string, file: string, options: SchemaImportOptions): Promise<void> {
  const { resourceType, required, json } = options;
  const resources = await readResources(file);
  const schemas = resources.filter((one) => !isResourceType(one)).map((schema) => ({ schema, resourceType, required }));
  const types = resources.filter(isResourceType);
  const imported = await withDatabase(async (database) => {
    const directory = await database.em.fork().findOne(DirectoryEntity, { slug });
    if (!directory) throw new UsageError(`no directory has the slug ${slug}`);
    return importSchemas(createStore(database), directory.id, schemas, types);
  });
  const shown = {
    schemas: imported.schemas.map((one) => ({
      urn: one.definition.urn,
      name: one.definition.name,
      resourceType: one.resourceType,
    })),
    resourceTypes: imported.resourceTypes.map(({ definition: { name, endpoint, schema } }) => ({
      name,
      endpoint,
      schema,
    })),
  };
  if (json) {
    print(JSON.stringify(shown));
    return;
  }
  for (const one of shown.schemas) print(`${one.resourceType.padEnd(8)}  ${one.urn}`);
  for (const { name, endpoint } of shown.resourceTypes) print(`${name.padEnd(8)}  ${endpoint}`);
}

/**
 * Distinguishes a ResourceType, which has an endpoint and a schema (RFC 7643 §6), from a Schema, which has attributes.
 */
function isResourceType(resource: JsonValue): boolean {
  return isJsonObject(resource) && 'endpoint' in resource && 'schema' in resource;
}

/**
 * Reads a file with one resource, an array of resources, or a ListResponse as `/Schemas` of any service provider
 * returns.
 */
async function readResources(file: string): Promise<readonly JsonValue[]> {
  const json = parse(await readText(file), file);
  const list = typeof json === 'object' && json !== null && 'Resources' in json ? json['Resources'] : json;
  const resources = Array.isArray(list) ? (list as readonly JsonValue[]) : [json];
  if (resources.length === 0) throw new UsageError(`${file} contains no schema`);
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
