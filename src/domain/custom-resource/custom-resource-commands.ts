import type { CreateResource, DeleteResource, ReplaceResource, UpdateResource } from '../write/command.js';
import { DomainError } from '../kernel/errors.js';
import { notFound, requireVersion, type ExpectedVersion } from '../kernel/precondition.js';
import { requireRoom } from '../attributes/resource-size.js';
import { keepExtensions } from '../write/extension-values.js';
import type { ResourceSchema } from '../schema/resource-schema.js';
import { prepared } from '../sql/statement.js';
import type { Transaction } from '../write/transaction.js';
import {
  createResource,
  replaceResource,
  toResourceAttributes,
  updateResource,
  type StoredResource,
} from './custom-resource-row.js';
import { RESOURCE_COLUMNS } from './custom-resource-select.js';

const INSERT = prepared(`
  insert into resources (
    directory_id, resource_type, id, external_id, attributes, attribute_keys, version, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, 1, $7, $7)`);

const LOCK = prepared(`
  select ${RESOURCE_COLUMNS} from resources r
  where r.directory_id = $1 and r.resource_type = $2 and r.id = $3 for update of r`);

const UPDATE = prepared(`
  update resources set
    external_id = $4, attributes = $5, attribute_keys = $6, version = version + 1, updated_at = $7
  where directory_id = $1 and resource_type = $2 and id = $3`);

const DELETE = prepared('delete from resources where directory_id = $1 and resource_type = $2 and id = $3');

/** Creates a resource and returns it as stored. Throws UNKNOWN_SCHEMA, TOO_MANY, or as the decision does; ALREADY_EXISTS at commit. */
export async function executeCreateResource(tx: Transaction, command: CreateResource): Promise<StoredResource> {
  const type = typeOf(tx, command.resourceType);
  const { externalId, attributes, attributeKeys } = createResource(type, command.attributes);
  requireRoom(tx.maxResourceBytes, command.attributes);
  await keepExtensions(tx, type, command.id, {}, attributes);
  tx.send(INSERT, [...keyOf(tx, type, command.id), externalId, attributes, attributeKeys, tx.now]);
  tx.recordSilently();
  return { id: command.id, externalId, attributes, version: 1, createdAt: tx.now, updatedAt: tx.now };
}

/** Changes a resource and returns it as stored afterwards. Throws NOT_FOUND, VERSION_CONFLICT, TOO_MANY, or as the decision does. */
export async function executeUpdateResource(
  tx: Transaction,
  command: UpdateResource | ReplaceResource,
  expectedVersion: ExpectedVersion | undefined,
): Promise<StoredResource> {
  const type = typeOf(tx, command.resourceType);
  const resource = await lock(tx, type, command.id, expectedVersion);
  const columns =
    command.type === 'UpdateResource'
      ? updateResource(type, resource, command.operations)
      : replaceResource(type, resource, command.attributes);
  if (!columns) return resource;
  const { externalId, attributes, attributeKeys } = columns;
  requireRoom(tx.maxResourceBytes, toResourceAttributes({ ...resource, ...columns }), toResourceAttributes(resource));
  await keepExtensions(tx, type, resource.id, resource.attributes, attributes);
  tx.send(UPDATE, [...keyOf(tx, type, resource.id), externalId, attributes, attributeKeys, tx.now]);
  tx.recordSilently();
  return { ...resource, externalId, attributes, version: resource.version + 1, updatedAt: tx.now };
}

/** Deletes a resource; returns it as it was. Throws NOT_FOUND or VERSION_CONFLICT. */
export async function executeDeleteResource(
  tx: Transaction,
  command: DeleteResource,
  expectedVersion: ExpectedVersion | undefined,
): Promise<StoredResource> {
  const type = typeOf(tx, command.resourceType);
  const resource = await lock(tx, type, command.id, expectedVersion);
  await keepExtensions(tx, type, resource.id, resource.attributes, {});
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
): Promise<StoredResource> {
  const [resource] = await tx.rows<StoredResource>(LOCK, keyOf(tx, type, id));
  if (!resource) throw notFound('resource', id);
  requireVersion(resource.version, expectedVersion);
  return resource;
}
