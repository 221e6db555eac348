import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Attributes } from '../attributes/attributes.js';

/**
 * A resource of a registered resource type, neither a user nor a group. Its changes are not recorded in the event log.
 */
export const CustomResourceEntity = defineEntity({
  name: 'Resource',
  tableName: 'resources',
  primaryKeys: ['directoryId', 'resourceType', 'id'],
  properties: {
    directoryId: p.uuid().primary(),
    /** The name of the type in lower case. */
    resourceType: p.text().collation('C').primary(),
    id: p.uuid().primary(),
    externalId: p.text().collation('C').strictNullable(),
    /** The attributes in the structure of SCIM, those of extensions under their URN. */
    attributes: p.json().$type<Attributes>(),
    /** The same attributes with case-insensitive text folded, for searches. */
    attributeKeys: p.json().$type<Attributes>(),
    version: p.integer(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
  },
  indexes: [{ name: 'resources_external_id_index', properties: ['directoryId', 'resourceType', 'externalId'] }],
});

export type CustomResource = InferEntity<typeof CustomResourceEntity>;
