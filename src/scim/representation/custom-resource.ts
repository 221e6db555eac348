import type { JsonObject, JsonValue } from '../../domain/kernel/json.js';
import {
  toCustomResourceAttributes,
  type StoredCustomResource,
} from '../../domain/custom-resource/custom-resource-row.js';
import type { ResourceSchema } from '../../domain/schema/resource-schema.js';
import { toETag } from './etag.js';

/** Represents a resource of a registered type in full; `Projection.apply` reduces it. */
export function toCustomResource(type: ResourceSchema, resource: StoredCustomResource, baseUrl: string): JsonObject {
  const attributes = toCustomResourceAttributes(resource);
  const extensions = type.extensions.map(({ urn }) => urn).filter((urn) => attributes[urn] !== undefined);
  const shown: Record<string, JsonValue> = { schemas: [type.core.urn, ...extensions], id: resource.id, ...attributes };
  shown['meta'] = {
    resourceType: type.name,
    created: resource.createdAt.toISOString(),
    lastModified: resource.updatedAt.toISOString(),
    location: customResourceLocation(type, resource, baseUrl),
    version: toETag(resource.version),
  };
  return shown;
}

/** Returns the URI of a resource of a registered type. */
function customResourceLocation({ endpoint }: ResourceSchema, { id }: StoredCustomResource, baseUrl: string): string {
  return `${baseUrl}${endpoint}/${id}`;
}
