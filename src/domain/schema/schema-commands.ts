import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { DomainError } from '../errors.js';
import { newId } from '../id.js';
import { jsonEquals, type JsonValue } from '../json.js';
import { notFound } from '../precondition.js';
import type { SchemaDeclaration } from './attribute.js';
import { DirectorySchemas } from './directory-schemas.js';
import { keepsValues, parseSchema } from './registry.js';
import { SchemaEntity, type ExtendedType, type RegisteredSchema } from './schema-entity.js';

/** Far more than any application has; each is read whenever the directory is used. */
const MAX_SCHEMAS = 100;

/** A schema as it is to be registered. */
export interface SchemaInput {
  /** A Schema resource of RFC 7643 §7. */
  readonly schema: JsonValue | undefined;
  /** What it extends; else the part of the URN that says so, else users. */
  readonly resourceType?: string | undefined;
  readonly required?: boolean | undefined;
}

/** Registers one schema. See `registerSchemas`. */
export async function registerSchema(
  em: EntityManager,
  directoryId: string,
  input: SchemaInput,
): Promise<RegisteredSchema> {
  const [registered] = await registerSchemas(em, directoryId, [input]);
  if (!registered) throw new Error('A schema was registered and is not there');
  return registered;
}

/**
 * Registers schemas, all or none. One that is there already is changed, as long as the values that resources have of it
 * stay what they are; the same one again changes nothing.
 *
 * @throws DomainError INVALID_VALUE of `parseSchema` and for an unknown resource type, SCHEMA_IN_USE, TOO_MANY, NOT_FOUND
 */
export async function registerSchemas(
  em: EntityManager,
  directoryId: string,
  inputs: readonly SchemaInput[],
): Promise<RegisteredSchema[]> {
  const parsed = inputs.map(({ schema, resourceType, required = false }) => {
    const definition = parseSchema(schema);
    return { definition, resourceType: parseResourceType(resourceType, definition.urn), required };
  });
  return inDirectory(em, directoryId, async (fork) => {
    const registered: RegisteredSchema[] = [];
    for (const one of parsed) registered.push(await register(fork, directoryId, one));
    if ((await fork.count(SchemaEntity, { directoryId })) > MAX_SCHEMAS) {
      throw new DomainError('TOO_MANY', `A directory has at most ${MAX_SCHEMAS} schemas of its own`, 'schema');
    }
    return registered;
  });
}

/**
 * Removes a schema that no resource has values of.
 *
 * @throws DomainError UNKNOWN_SCHEMA, SCHEMA_IN_USE, NOT_FOUND
 */
export function removeSchema(em: EntityManager, directoryId: string, urn: string): Promise<RegisteredSchema> {
  return inDirectory(em, directoryId, async (fork) => {
    const registered = await lockSchema(fork, directoryId, urn);
    if (!registered) throw new DomainError('UNKNOWN_SCHEMA', `The schema ${urn} is not registered`, 'urn');
    if (await isInUse(fork, registered)) throw inUse(registered, 'cannot be removed');
    await fork.nativeDelete(SchemaEntity, { directoryId, urnKey: registered.urnKey });
    return registered;
  });
}

/** One change of a directory's schemas at a time; users and groups go on being written meanwhile. */
async function inDirectory<Result>(
  em: EntityManager,
  directoryId: string,
  change: (fork: EntityManager) => Promise<Result>,
): Promise<Result> {
  try {
    return await em.fork().transactional(async (fork) => {
      const [row] = await fork.execute<object[]>('select 1 from directories where id = ? for no key update', [
        directoryId,
      ]);
      if (!row) throw notFound('directory', directoryId);
      return change(fork);
    });
  } finally {
    DirectorySchemas.of(em).forget(directoryId);
  }
}

interface NewSchema {
  readonly definition: SchemaDeclaration;
  readonly resourceType: ExtendedType;
  readonly required: boolean;
}

async function register(fork: EntityManager, directoryId: string, schema: NewSchema): Promise<RegisteredSchema> {
  const { definition, resourceType, required } = schema;
  const now = new Date();
  const present = await lockSchema(fork, directoryId, definition.urn);
  if (!present) {
    const urnKey = definition.urn.toLowerCase();
    const stamps = { revision: newId(), createdAt: now, updatedAt: now };
    const created = fork.create(SchemaEntity, { directoryId, urnKey, ...schema, ...stamps });
    await fork.flush();
    return created;
  }
  const isSame =
    present.resourceType === resourceType &&
    present.required === required &&
    jsonEquals(asJson(present.definition), asJson(definition));
  if (isSame) return present;
  const keeps = present.resourceType === resourceType && keepsValues(present.definition, definition);
  if (!keeps && (await isInUse(fork, present))) throw inUse(present, 'can only gain optional attributes');
  Object.assign(present, schema, { revision: newId(), updatedAt: now });
  await fork.flush();
  return present;
}

/** The lock waits for those who are writing values of the schema, and makes others wait who would begin to. */
function lockSchema(fork: EntityManager, directoryId: string, urn: string): Promise<RegisteredSchema | null> {
  const key = { directoryId, urnKey: urn.toLowerCase() };
  return fork.findOne(SchemaEntity, key, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

async function isInUse(
  fork: EntityManager,
  { directoryId, resourceType, definition }: RegisteredSchema,
): Promise<boolean> {
  const table = resourceType === 'User' ? 'users' : 'groups';
  const rows = await fork.execute<object[]>(
    `select 1 from ${table} where directory_id = ? and jsonb_exists(attributes, ?) limit 1`,
    [directoryId, definition.urn],
  );
  return rows.length > 0;
}

function inUse({ definition, resourceType }: RegisteredSchema, what: string): DomainError {
  const who = resourceType === 'User' ? 'users' : 'groups';
  return new DomainError('SCHEMA_IN_USE', `${definition.urn} ${what} while ${who} have values of it`, definition.urn);
}

/** A declaration is what JSON gave, and what the database gives back. */
function asJson(definition: SchemaDeclaration): JsonValue {
  return JSON.parse(JSON.stringify(definition)) as JsonValue;
}

function parseResourceType(name: string | undefined, urn: string): ExtendedType {
  if (name === undefined) return urn.split(':').reverse().map(toExtendedType).find(Boolean) ?? 'User';
  const type = toExtendedType(name);
  if (!type) throw new DomainError('INVALID_VALUE', 'resourceType must be User or Group', 'resourceType');
  return type;
}

function toExtendedType(name: string): ExtendedType | undefined {
  return (['User', 'Group'] as const).find((type) => type.toLowerCase() === name.toLowerCase());
}
