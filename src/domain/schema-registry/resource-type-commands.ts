import type { EntityManager } from '@mikro-orm/postgresql';
import { DomainError } from '../kernel/errors.js';
import { newId } from '../kernel/id.js';
import type { JsonValue } from '../kernel/json.js';
import { parseResourceType, type ResourceTypeDeclaration } from './resource-type.js';
import { ResourceTypeEntity, type RegisteredResourceType } from './resource-type-entity.js';
import { changeSchemas, hasValues, lockSchema, type SchemaStore } from './schema-change.js';
import { defaultResourceType, registerAll, type SchemaInput } from './schema-commands.js';
import type { RegisteredSchema } from './schema-entity.js';

/** The limit on registered resource types, all of which are loaded whenever the directory is used. */
const MAX_TYPES = 50;

/**
 * Registers a resource type whose schemas are registered. An existing type can be changed while it has no resources;
 * registering an identical type changes nothing.
 *
 * @throws DomainError INVALID_VALUE as `parseResourceType` does, UNKNOWN_SCHEMA, ALREADY_EXISTS for an endpoint that is
 *   taken, SCHEMA_IN_USE for a schema of which other resources have values, TOO_MANY, NOT_FOUND
 */
export async function registerResourceType(
  store: SchemaStore,
  directoryId: string,
  resourceType: JsonValue | undefined,
): Promise<RegisteredResourceType> {
  const definition = parseResourceType(resourceType);
  return changeSchemas(store, directoryId, (fork) => register(fork, directoryId, definition));
}

/** The result of an import: schemas, and the resource types that use them. */
export interface Imported {
  readonly schemas: readonly RegisteredSchema[];
  readonly resourceTypes: readonly RegisteredResourceType[];
}

/**
 * Registers schemas and resource types in one transaction. Throws as `registerSchemas` and `registerResourceType` do.
 */
export async function importSchemas(
  store: SchemaStore,
  directoryId: string,
  schemas: readonly SchemaInput[],
  resourceTypes: readonly JsonValue[],
): Promise<Imported> {
  const definitions = resourceTypes.map(parseResourceType);
  return changeSchemas(store, directoryId, async (fork) => {
    const registered = await registerAll(fork, directoryId, schemas);
    const types: RegisteredResourceType[] = [];
    for (const definition of definitions) types.push(await register(fork, directoryId, definition));
    return { schemas: registered, resourceTypes: types };
  });
}

/**
 * Removes a resource type that has no resources. Its schemas remain registered as extensions of their default type.
 *
 * @throws DomainError NOT_FOUND, SCHEMA_IN_USE
 */
export function removeResourceType(
  store: SchemaStore,
  directoryId: string,
  name: string,
): Promise<RegisteredResourceType> {
  return changeSchemas(store, directoryId, async (fork) => {
    const present = await fork.findOne(ResourceTypeEntity, { directoryId, nameKey: name.toLowerCase() });
    if (!present) throw new DomainError('NOT_FOUND', `No resource type has the name ${JSON.stringify(name)}`, 'name');
    await release(fork, present);
    await fork.nativeDelete(ResourceTypeEntity, { directoryId, nameKey: present.nameKey });
    return present;
  });
}

/** Finds a registered resource type by name; undefined if none exists. */
export async function findResourceType(
  em: EntityManager,
  directoryId: string,
  name: string,
): Promise<RegisteredResourceType | undefined> {
  return (await em.fork().findOne(ResourceTypeEntity, { directoryId, nameKey: name.toLowerCase() })) ?? undefined;
}

async function register(
  fork: EntityManager,
  directoryId: string,
  definition: ResourceTypeDeclaration,
): Promise<RegisteredResourceType> {
  const now = new Date();
  const nameKey = definition.name.toLowerCase();
  const endpointKey = definition.endpoint.toLowerCase();
  const present = await fork.findOne(ResourceTypeEntity, { directoryId, nameKey });
  if (present && JSON.stringify(sorted(present.definition)) === JSON.stringify(sorted(definition))) return present;
  const others = await fork.find(ResourceTypeEntity, { directoryId, nameKey: { $ne: nameKey } });
  if (others.some((other) => other.endpointKey === endpointKey)) {
    throw new DomainError(
      'ALREADY_EXISTS',
      `Another resource type has the endpoint ${definition.endpoint}`,
      'endpoint',
    );
  }
  if (others.length >= MAX_TYPES) {
    throw new DomainError(
      'TOO_MANY',
      `A directory can have at most ${MAX_TYPES} registered resource types`,
      'resourceType',
    );
  }
  if (present) await release(fork, present);
  await claim(fork, directoryId, definition);
  const type =
    present ??
    fork.create(ResourceTypeEntity, { directoryId, nameKey, endpointKey, definition, createdAt: now, updatedAt: now });
  Object.assign(type, { definition, endpointKey, updatedAt: now });
  await fork.flush();
  return type;
}

/** Returns the properties in a fixed order, because `jsonb` does not preserve the order of keys. */
function sorted({ name, endpoint, description, schema, schemaExtensions }: ResourceTypeDeclaration): unknown {
  return [name, endpoint, description, schema, schemaExtensions.map((one) => [one.schema, one.required])];
}

/**
 * Assigns registered schemas to a resource type. A schema can belong to one type only, because resources are found by
 * its URN.
 */
async function claim(
  fork: EntityManager,
  directoryId: string,
  { name, schema, schemaExtensions }: ResourceTypeDeclaration,
): Promise<void> {
  const urns = [
    { urn: schema, path: 'schema' },
    ...schemaExtensions.map((one, index) => ({ urn: one.schema, path: `schemaExtensions.${index}.schema` })),
  ];
  if (new Set(urns.map(({ urn }) => urn.toLowerCase())).size < urns.length) {
    throw new DomainError('INVALID_VALUE', 'schemaExtensions must not name a schema twice', 'schemaExtensions');
  }
  for (const { urn, path } of urns) {
    const registered = await lockSchema(fork, directoryId, urn);
    if (!registered) throw new DomainError('UNKNOWN_SCHEMA', `The schema ${urn} is not registered`, path);
    const isFree = ['User', 'Group'].includes(registered.resourceType) && !(await hasValues(fork, registered));
    if (!isFree) {
      const message = `${urn} cannot be a schema of ${name} because it belongs to ${registered.resourceType}`;
      throw new DomainError('SCHEMA_IN_USE', message, path);
    }
    assign(registered, name);
  }
  await fork.flush();
}

/**
 * Returns the schemas of a resource type to their default types. The locks prevent concurrent creation of resources.
 */
async function release(fork: EntityManager, { directoryId, definition }: RegisteredResourceType): Promise<void> {
  const urns = [definition.schema, ...definition.schemaExtensions.map(({ schema }) => schema)];
  for (const urn of urns) {
    const registered = await lockSchema(fork, directoryId, urn);
    if (!registered) continue;
    if (await hasValues(fork, registered)) {
      throw new DomainError(
        'SCHEMA_IN_USE',
        `The resource type ${definition.name} cannot be removed while it has resources`,
        'name',
      );
    }
    assign(registered, defaultResourceType(urn));
  }
  await fork.flush();
}

/** Assigns a new revision, so that writers whose cached schema still names the other type are rejected. */
function assign(registered: RegisteredSchema, resourceType: string): void {
  Object.assign(registered, { resourceType, revision: newId(), updatedAt: new Date() });
}
