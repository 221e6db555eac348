import { parseAttributes } from '../../domain/attributes/attributes.js';
import {
  customResources,
  findCustomResource,
  listCustomResourcesByIds,
} from '../../domain/custom-resource/custom-resource-queries.js';
import type { StoredCustomResource } from '../../domain/custom-resource/custom-resource-row.js';
import type { ResourceSchema } from '../../domain/schema/resource-schema.js';
import { toCustomResource } from '../representation/custom-resource.js';
import { ResourceEndpoints } from './endpoints.js';

/** Creates the endpoints of a registered resource type from its declarations. */
export function customResourceEndpoints(type: ResourceSchema): ResourceEndpoints<StoredCustomResource> {
  const resourceType = type.name;
  return new ResourceEndpoints<StoredCustomResource>({
    noun: 'resource',
    typeIn: () => type,
    table: () => customResources(type),
    find: ({ store, actor, id }) => findCustomResource(store, actor.directoryId, type, id),
    listByIds: ({ store, actor }, ids) => listCustomResourcesByIds(store, actor.directoryId, type, ids),
    toResource: (resource, _type, baseUrl) => toCustomResource(type, resource, baseUrl),
    toCreate: (_type, id, body) => [
      { type: 'CreateResource', resourceType, id, attributes: parseAttributes(type, body) },
    ],
    toReplace: (_type, id, body) => [
      { type: 'ReplaceResource', resourceType, id, attributes: parseAttributes(type, body) },
    ],
    toPatch: (_type, id, operations) => [{ type: 'UpdateResource', resourceType, id, operations }],
    toDelete: (_type, id) => [{ type: 'DeleteResource', resourceType, id }],
    resultOf: ({ resource }) => resource,
  });
}
