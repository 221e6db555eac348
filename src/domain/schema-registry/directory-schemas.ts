import type { Database } from '../sql/database.js';
import { TtlCache } from '../concurrency/ttl-cache.js';
import { prepared, query } from '../sql/statement.js';
import {
  COMMON_ATTRIBUTES,
  GROUP_SCHEMA,
  USER_SCHEMA,
  type DirectorySchema,
  type ResourceSchema,
} from '../schema/resource-schema.js';
import type { RegisteredResourceType } from './resource-type-entity.js';
import type { ResourceTypeDeclaration } from './resource-type.js';
import type { RegisteredSchema } from './schema-entity.js';
import { findAttribute, type SchemaDeclaration } from '../schema/attribute.js';

type StoredSchema = Pick<RegisteredSchema, 'resourceType' | 'required' | 'definition' | 'revision'>;

type StoredType = Pick<RegisteredResourceType, 'definition'>;

const REGISTERED = prepared(`
  select resource_type as "resourceType", required, definition, revision from schemas
  where directory_id = $1 order by created_at, urn_key`);

const TYPES = prepared(`
  select definition from resource_types where directory_id = $1 order by created_at, name_key`);

/** The registered schemas of each directory, cached for a second. */
export class DirectorySchemas {
  readonly #byDirectory: TtlCache<string, DirectorySchema>;

  constructor(db: Database) {
    this.#byDirectory = new TtlCache(async (directoryId) => {
      const [schemas, types] = await Promise.all([
        query<StoredSchema>(db, REGISTERED, [directoryId]),
        query<StoredType>(db, TYPES, [directoryId]),
      ]);
      return toDirectorySchema(schemas, types);
    });
  }

  /** Returns the resource types of a directory. */
  get(directoryId: string): Promise<DirectorySchema> {
    return this.#byDirectory.get(directoryId);
  }

  /** Invalidates the cached schemas of a directory. */
  invalidate(directoryId: string): void {
    this.#byDirectory.delete(directoryId);
  }
}

function toDirectorySchema(registered: readonly StoredSchema[], types: readonly StoredType[]): DirectorySchema {
  const schemas = new Map(registered.map(({ definition }) => [definition.urn.toLowerCase(), definition]));
  return {
    user: extend(USER_SCHEMA, 'User', registered),
    group: extend(GROUP_SCHEMA, 'Group', registered),
    custom: types.flatMap(({ definition }) => toCustom(definition, schemas) ?? []),
    revisions: new Map(registered.map(({ definition, revision }) => [definition.urn, revision])),
  };
}

/** Extends a resource type of the RFC. Directories without registered schemas share the constant. */
function extend(base: ResourceSchema, type: 'User' | 'Group', registered: readonly StoredSchema[]): ResourceSchema {
  const own = registered.filter(({ resourceType }) => resourceType === type);
  if (own.length === 0) return base;
  return {
    ...base,
    extensions: [...base.extensions, ...own.map(({ definition }) => definition)],
    requiredExtensions: own.filter(({ required }) => required).map(({ definition }) => definition.urn),
  };
}

/**
 * Converts a registered resource type. The two lists are read concurrently, so a schema of a new type may briefly be
 * missing; the type is then omitted.
 */
function toCustom(
  { name, endpoint, description, schema, schemaExtensions }: ResourceTypeDeclaration,
  schemas: ReadonlyMap<string, SchemaDeclaration>,
): ResourceSchema | undefined {
  const core = schemas.get(schema.toLowerCase());
  const extensions = schemaExtensions.flatMap((extension) => schemas.get(extension.schema.toLowerCase()) ?? []);
  if (!core || extensions.length < schemaExtensions.length) return undefined;
  // Some schemas declare `id` and `meta`, which every resource has as common attributes.
  const attributes = core.attributes.filter((attribute) => !findAttribute(COMMON_ATTRIBUTES, attribute.name));
  const required = new Set(schemaExtensions.filter((one) => one.required).map((one) => one.schema.toLowerCase()));
  return {
    name,
    endpoint,
    description,
    core: { ...core, attributes },
    extensions,
    requiredExtensions: extensions.map(({ urn }) => urn).filter((urn) => required.has(urn.toLowerCase())),
  };
}
