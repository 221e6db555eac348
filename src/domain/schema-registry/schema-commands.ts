import type { EntityManager } from '@mikro-orm/postgresql';
import { DomainError } from '../kernel/errors.js';
import { newId } from '../kernel/id.js';
import { jsonEquals, type JsonValue } from '../kernel/json.js';
import type { SchemaDeclaration } from '../schema/attribute.js';
import { keepsValues, parseSchema } from './parse-schema.js';
import { changeSchemas, hasValues, lockSchema, type SchemaStore } from './schema-change.js';
import { SchemaEntity, type RegisteredSchema } from './schema-entity.js';

/** The limit on registered schemas, all of which are loaded whenever the directory is used. */
const MAX_SCHEMAS = 100;

/** A schema to register. */
export interface SchemaInput {
  /** A Schema resource of RFC 7643 §7. */
  readonly schema: JsonValue | undefined;
  /** The type to extend; by default the one that the URN names, or else `User`. */
  readonly resourceType?: string | undefined;
  readonly required?: boolean | undefined;
}

/** Registers one schema. See `registerSchemas`. */
export async function registerSchema(
  store: SchemaStore,
  directoryId: string,
  input: SchemaInput,
): Promise<RegisteredSchema> {
  const [registered] = await registerSchemas(store, directoryId, [input]);
  if (!registered) throw new Error('A schema was registered but not returned');
  return registered;
}

/**
 * Registers schemas in one transaction. An existing schema can be changed while the stored values remain valid;
 * registering an identical schema changes nothing.
 *
 * @throws DomainError INVALID_VALUE as `parseSchema` does and for an unknown resource type, SCHEMA_IN_USE, TOO_MANY,
 *   NOT_FOUND
 */
export async function registerSchemas(
  store: SchemaStore,
  directoryId: string,
  inputs: readonly SchemaInput[],
): Promise<RegisteredSchema[]> {
  return changeSchemas(store, directoryId, (fork) => registerAll(fork, directoryId, inputs));
}

/** Registers schemas within a running schema change. Throws as `registerSchemas` does. */
export async function registerAll(
  fork: EntityManager,
  directoryId: string,
  inputs: readonly SchemaInput[],
): Promise<RegisteredSchema[]> {
  const parsed = inputs.map(({ schema, ...rest }) => ({ ...rest, definition: parseSchema(schema) }));
  const registered: RegisteredSchema[] = [];
  for (const one of parsed) registered.push(await register(fork, directoryId, one));
  if ((await fork.count(SchemaEntity, { directoryId })) > MAX_SCHEMAS) {
    throw new DomainError('TOO_MANY', `A directory can have at most ${MAX_SCHEMAS} registered schemas`, 'schema');
  }
  return registered;
}

/**
 * Removes a schema of which no resource has values.
 *
 * @throws DomainError UNKNOWN_SCHEMA, SCHEMA_IN_USE, NOT_FOUND
 */
export function removeSchema(store: SchemaStore, directoryId: string, urn: string): Promise<RegisteredSchema> {
  return changeSchemas(store, directoryId, async (fork) => {
    const registered = await lockSchema(fork, directoryId, urn);
    if (!registered) throw new DomainError('UNKNOWN_SCHEMA', `The schema ${urn} is not registered`, 'urn');
    const isInUse = isOfCustomType(registered) || (await hasValues(fork, registered));
    if (isInUse) throw inUse(registered, 'cannot be removed');
    await fork.nativeDelete(SchemaEntity, { directoryId, urnKey: registered.urnKey });
    return registered;
  });
}

/** Finds a registered schema by URN; undefined if none exists. */
export async function findSchema(
  em: EntityManager,
  directoryId: string,
  urn: string,
): Promise<RegisteredSchema | undefined> {
  return (await em.fork().findOne(SchemaEntity, { directoryId, urnKey: urn.toLowerCase() })) ?? undefined;
}

interface NewSchema {
  readonly definition: SchemaDeclaration;
  readonly resourceType?: string | undefined;
  readonly required?: boolean | undefined;
}

async function register(fork: EntityManager, directoryId: string, schema: NewSchema): Promise<RegisteredSchema> {
  const { definition, required = false } = schema;
  const now = new Date();
  const present = await lockSchema(fork, directoryId, definition.urn);
  const resourceType = resourceTypeOf(schema, present);
  const properties = { definition, resourceType, required };
  if (!present) {
    const urnKey = definition.urn.toLowerCase();
    const stamps = { revision: newId(), createdAt: now, updatedAt: now };
    const created = fork.create(SchemaEntity, { directoryId, urnKey, ...properties, ...stamps });
    await fork.flush();
    return created;
  }
  const isSame =
    present.resourceType === resourceType &&
    present.required === required &&
    jsonEquals(asJson(present.definition), asJson(definition));
  if (isSame) return present;
  if (isOfCustomType(present) && present.resourceType !== resourceType)
    throw inUse(present, 'cannot extend another resource type');
  const keeps = present.resourceType === resourceType && keepsValues(present.definition, definition);
  if (!keeps && (await hasValues(fork, present)))
    throw inUse(present, 'can only be changed by adding optional attributes');
  Object.assign(present, properties, { revision: newId(), updatedAt: now });
  await fork.flush();
  return present;
}

/** Returns whether the schema belongs to a registered resource type, which keeps it from being removed. */
function isOfCustomType({ resourceType }: RegisteredSchema): boolean {
  return toExtendedType(resourceType) === undefined;
}

function inUse(schema: RegisteredSchema, what: string): DomainError {
  const { definition, resourceType } = schema;
  const why = isOfCustomType(schema)
    ? `it is a schema of the resource type ${resourceType}`
    : `some ${resourceType} has values of it`;
  return new DomainError('SCHEMA_IN_USE', `${definition.urn} ${what} while ${why}`, definition.urn);
}

/** Converts a declaration to the form in which the database returns it, without undefined properties. */
function asJson(definition: SchemaDeclaration): JsonValue {
  return JSON.parse(JSON.stringify(definition)) as JsonValue;
}

/**
 * Determines the extended type: the requested one, else that of the existing schema, else the one that the URN names.
 */
function resourceTypeOf({ resourceType: name, definition }: NewSchema, present: RegisteredSchema | null): string {
  if (name === undefined) return present?.resourceType ?? defaultResourceType(definition.urn);
  const isSame = present?.resourceType.toLowerCase() === name.toLowerCase();
  const type = isSame ? present.resourceType : toExtendedType(name);
  if (type === undefined) throw new DomainError('INVALID_VALUE', 'resourceType must be User or Group', 'resourceType');
  return type;
}

/** Returns the resource type that a part of the URN names; `User` if none does. */
export function defaultResourceType(urn: string): 'User' | 'Group' {
  return (
    urn
      .split(':')
      .reverse()
      .map(toExtendedType)
      .find((type) => type !== undefined) ?? 'User'
  );
}

function toExtendedType(name: string): 'User' | 'Group' | undefined {
  return (['User', 'Group'] as const).find((type) => type.toLowerCase() === name.toLowerCase());
}
