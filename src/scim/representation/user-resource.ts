import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/kernel/json.js';
import { USER_URN } from '../../domain/schema/core-user.js';
import { ENTERPRISE_URN } from '../../domain/schema/enterprise-user.js';
import { toUserAttributes, type StoredUser } from '../../domain/user/user-row.js';
import { toETag } from './etag.js';

/** Represents a user in full, as RFC 7643 §4.1 describes; `Projection.apply` reduces it. */
export function toUserResource(user: StoredUser, baseUrl: string): JsonObject {
  const attributes = toUserAttributes(user);
  const extensions = Object.keys(attributes).filter((key) => key.startsWith('urn:'));
  const resource: Record<string, JsonValue> = { schemas: [USER_URN, ...extensions], id: user.id, ...attributes };
  const enterprise = attributes[ENTERPRISE_URN];
  if (user.managerId !== null && isJsonObject(enterprise)) {
    resource[ENTERPRISE_URN] = { ...enterprise, manager: toManager(user, user.managerId, baseUrl) };
  }
  if (user.groups && user.groups.length > 0) {
    resource['groups'] = user.groups.map((group) => ({
      value: group.id,
      $ref: `${baseUrl}/Groups/${group.id}`,
      display: group.displayName,
      type: 'direct',
    }));
  }
  resource['meta'] = {
    resourceType: 'User',
    created: user.createdAt.toISOString(),
    lastModified: user.updatedAt.toISOString(),
    location: userLocation(user.id, baseUrl),
    version: toETag(user.version),
  };
  return resource;
}

/** Returns the URI of a user. */
export function userLocation(id: string, baseUrl: string): string {
  return `${baseUrl}/Users/${id}`;
}

function toManager(user: StoredUser, id: string, baseUrl: string): JsonObject {
  const manager = { value: id, $ref: userLocation(id, baseUrl) };
  return user.managerDisplayName === null ? manager : { ...manager, displayName: user.managerDisplayName };
}
