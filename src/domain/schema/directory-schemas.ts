import type { EntityManager } from '@mikro-orm/postgresql';
import { FreshCache } from '../fresh-cache.js';
import { prepared, query } from '../statement.js';
import { GROUP_SCHEMA, USER_SCHEMA, type DirectorySchema, type ResourceSchema } from './resource-schema.js';
import type { ExtendedType, RegisteredSchema } from './schema-entity.js';

type StoredSchema = Pick<RegisteredSchema, 'resourceType' | 'required' | 'definition' | 'revision'>;

const REGISTERED = prepared(`
  select resource_type as "resourceType", required, definition, revision from schemas
  where directory_id = $1 order by created_at, urn_key`);

const known = new WeakMap<object, DirectorySchemas>();

/** The schemas of each directory, as it has registered them; an answer may be a second old. */
export class DirectorySchemas {
  readonly #byDirectory: FreshCache<string, DirectorySchema>;

  private constructor(em: EntityManager) {
    this.#byDirectory = new FreshCache(async (directoryId) =>
      toDirectorySchema(await query<StoredSchema>(em, REGISTERED, [directoryId])),
    );
  }

  /** The one instance for all who use this ORM. */
  static of(em: EntityManager): DirectorySchemas {
    const connection = em.getConnection();
    const schemas = known.get(connection) ?? new DirectorySchemas(em.fork());
    known.set(connection, schemas);
    return schemas;
  }

  /** What a directory knows of its users and groups. */
  get(directoryId: string): Promise<DirectorySchema> {
    return this.#byDirectory.get(directoryId);
  }

  /** Forgets what is known of a directory whose schemas have changed. */
  forget(directoryId: string): void {
    this.#byDirectory.forget(directoryId);
  }
}

function toDirectorySchema(registered: readonly StoredSchema[]): DirectorySchema {
  return {
    user: extend(USER_SCHEMA, 'User', registered),
    group: extend(GROUP_SCHEMA, 'Group', registered),
    revisions: new Map(registered.map(({ definition, revision }) => [definition.urn, revision])),
  };
}

/** A directory without schemas of its own shares the constant. */
function extend(base: ResourceSchema, type: ExtendedType, registered: readonly StoredSchema[]): ResourceSchema {
  const own = registered.filter(({ resourceType }) => resourceType === type);
  if (own.length === 0) return base;
  return {
    ...base,
    extensions: [...base.extensions, ...own.map(({ definition }) => definition)],
    requiredExtensions: own.filter(({ required }) => required).map(({ definition }) => definition.urn),
  };
}
