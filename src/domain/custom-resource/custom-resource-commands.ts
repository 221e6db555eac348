import type { CreateResource, DeleteResource, ReplaceResource, UpdateResource } from '../write/command.js';
import { DomainError } from '../kernel/errors.js';
import { notFound, assertVersion, type ExpectedVersion } from '../kernel/precondition.js';
import { assertResourceSize } from '../attributes/resource-size.js';
import { writeExtensionValues } from '../write/extension-values.js';
import type { ResourceSchema } from '../schema/resource-schema.js';
import { prepared } from '../sql/statement.js';
import type { Transaction } from '../write/transaction.js';
import {
  createCustomResource,
  replaceCustomResource,
  toCustomResourceAttributes,
  updateCustomResource,
  type StoredCustomResource,
} from './custom-resource-row.js';
import { CUSTOM_RESOURCE_SELECT_LIST } from './custom-resource-select.js';

const INSERT = prepared(`
  insert into resources (
    directory_id, resource_type, id, external_id, attributes, attribute_keys, version, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, 1, $7, $7)`);

const LOCK = prepared(`
  select ${CUSTOM_RESOURCE_SELECT_LIST} from resources r
  where r.directory_id = $1 and r.resource_type = $2 and r.id = $3 for update of r`);

const UPDATE = prepared(`
  update resources set
    external_id = $4, attributes = $5, attribute_keys = $6, version = version + 1, updated_at = $7
  where directory_id = $1 and resource_type = $2 and id = $3`);

const DELETE = prepared('delete from resources where directory_id = $1 and resource_type = $2 and id = $3');

/**
 * Creates a resource and returns it as stored. Throws UNKNOWN_SCHEMA, TOO_MANY and the errors of
 * `createCustomResource`; a value that must be unique and is taken is reported as ALREADY_EXISTS at commit.
 */
export async function executeCreateCustomResource(
  tx: Transaction,
  command: CreateResource,
): Promise<StoredCustomResource> {
  const type = typeOf(tx, command.resourceType);
  const { externalId, attributes, attributeKeys } = createCustomResource(type, command.attributes);
  assertResourceSize(tx.maxResourceBytes, command.attributes);
  await writeExtensionValues(tx, type, command.id, {}, attributes);
  tx.send(INSERT, [...keyOf(tx, type, command.id), externalId, attributes, attributeKeys, tx.now]);
  tx.recordSilently();
  return { id: command.id, externalId, attributes, version: 1, createdAt: tx.now, updatedAt: tx.now };
}

/**
 * Changes a resource and returns it as stored. Throws NOT_FOUND, VERSION_CONFLICT, TOO_MANY and the errors of
 * `updateCustomResource` and `replaceCustomResource`.
 */
export async function executeUpdateCustomResource(
  tx: Transaction,
  command: UpdateResource | ReplaceResource,
  expectedVersion: ExpectedVersion | undefined,
): Promise<StoredCustomResource> {
  const type = typeOf(tx, command.resourceType);
  const resource = await lock(tx, type, command.id, expectedVersion);
  const columns =
    command.type === 'UpdateResource'
      ? updateCustomResource(type, resource, command.operations)
      : replaceCustomResource(type, resource, command.attributes);
  if (!columns) return resource;
  const { externalId, attributes, attributeKeys } = columns;
  assertResourceSize(
    tx.maxResourceBytes,
    toCustomResourceAttributes({ ...resource, ...columns }),
    toCustomResourceAttributes(resource),
  );
  await writeExtensionValues(tx, type, resource.id, resource.attributes, attributes);
  tx.send(UPDATE, [...keyOf(tx, type, resource.id), externalId, attributes, attributeKeys, tx.now]);
  tx.recordSilently();
  return { ...resource, externalId, attributes, version: resource.version + 1, updatedAt: tx.now };
}

/** Deletes a resource and returns its last state. Throws NOT_FOUND or VERSION_CONFLICT. */
export async function executeDeleteCustomResource(
  tx: Transaction,
  command: DeleteResource,
  expectedVersion: ExpectedVersion | undefined,
): Promise<StoredCustomResource> {
  const type = typeOf(tx, command.resourceType);
  const resource = await lock(tx, type, command.id, expectedVersion);
  await writeExtensionValues(tx, type, resource.id, resource.attributes, {});
  tx.send(DELETE, keyOf(tx, type, resource.id));
  tx.recordSilently();
  return resource;
}

function typeOf(tx: Transaction, name: string): ResourceSchema {
  const type = tx.schema.custom.find((one) => one.name === name);
  if (!type) throw new DomainError('UNKNOWN_SCHEMA', `The resource type ${name} is not registered`);
  return type;
}

function keyOf(tx: Transaction, type: ResourceSchema, id: string): unknown[] {
  return [tx.directoryId, type.name.toLowerCase(), id];
}

async function lock(
  tx: Transaction,
  type: ResourceSchema,
  id: string,
  expectedVersion: ExpectedVersion | undefined,
): Promise<StoredCustomResource> {
  const [resource] = await tx.rows<StoredCustomResource>(LOCK, keyOf(tx, type, id));
  if (!resource) throw notFound('resource', id);
  assertVersion(resource.version, expectedVersion);
  return resource;
}
