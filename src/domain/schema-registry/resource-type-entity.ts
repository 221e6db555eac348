import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { ResourceTypeDeclaration } from './resource-type.js';

/** A resource type that a directory has registered in addition to users and groups. */
export const ResourceTypeEntity = defineEntity({
  name: 'ResourceType',
  tableName: 'resource_types',
  primaryKeys: ['directoryId', 'nameKey'],
  properties: {
    directoryId: p.uuid().primary(),
    /** The name in lower case. */
    nameKey: p.text().collation('C').primary(),
    /** The endpoint in lower case, because paths are case-insensitive. */
    endpointKey: p.text().collation('C'),
    definition: p.json().$type<ResourceTypeDeclaration>(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
  },
  uniques: [{ name: 'resource_types_endpoint_key', properties: ['directoryId', 'endpointKey'] }],
});

/** A stored resource type. */
export type RegisteredResourceType = InferEntity<typeof ResourceTypeEntity>;
