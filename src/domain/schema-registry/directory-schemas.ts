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

/** The schemas of each directory, as it has registered them; an answer may be a second old. */
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

  /** What a directory knows of its resources. */
  get(directoryId: string): Promise<DirectorySchema> {
    return this.#byDirectory.get(directoryId);
  }

  /** Forgets what is known of a directory whose schemas have changed. */
  forget(directoryId: string): void {
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

/** A directory without schemas of its own shares the constant. */
function extend(base: ResourceSchema, type: 'User' | 'Group', registered: readonly StoredSchema[]): ResourceSchema {
  const own = registered.filter(({ resourceType }) => resourceType === type);
  if (own.length === 0) return base;
  return {
    ...base,
    extensions: [...base.extensions, ...own.map(({ definition }) => definition)],
    requiredExtensions: own.filter(({ required }) => required).map(({ definition }) => definition.urn),
  };
}

/** The two lists are read one beside the other: of a type that has just come, a schema may be missing for a moment. */
function toCustom(
  { name, endpoint, description, schema, schemaExtensions }: ResourceTypeDeclaration,
  schemas: ReadonlyMap<string, SchemaDeclaration>,
): ResourceSchema | undefined {
  const core = schemas.get(schema.toLowerCase());
  const extensions = schemaExtensions.flatMap((extension) => schemas.get(extension.schema.toLowerCase()) ?? []);
  if (!core || extensions.length < schemaExtensions.length) return undefined;
  // Some schemas list `id` and `meta` among their attributes; every resource has those, and always in one form.
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
