import { toGroupAttributes, type StoredGroup } from '../../domain/group/group-row.js';
import type { JsonObject, JsonValue } from '../../domain/kernel/json.js';
import type { Member } from '../../domain/membership/membership-queries.js';
import { GROUP_URN } from '../../domain/schema/core-group.js';
import { toETag } from './etag.js';
import { userLocation } from './user-resource.js';

/**
 * Represents a group as RFC 7643 §4.2 describes.
 *
 * @param members undefined if they are not returned or are appended later
 */
export function toGroupResource(
  group: StoredGroup,
  members: readonly Member[] | undefined,
  baseUrl: string,
): JsonObject {
  const attributes = toGroupAttributes(group);
  const extensions = Object.keys(attributes).filter((key) => key.startsWith('urn:'));
  const resource: Record<string, JsonValue> = { schemas: [GROUP_URN, ...extensions], id: group.id, ...attributes };
  if (members && members.length > 0) resource['members'] = members.map((member) => toMemberResource(member, baseUrl));
  resource['meta'] = {
    resourceType: 'Group',
    created: group.createdAt.toISOString(),
    lastModified: group.updatedAt.toISOString(),
    location: groupLocation(group.id, baseUrl),
    version: toETag(group.version),
  };
  return resource;
}

/** Returns the URI of a group. */
function groupLocation(id: string, baseUrl: string): string {
  return `${baseUrl}/Groups/${id}`;
}

/** Represents a member as an element of a group's `members`. */
export function toMemberResource({ id, type, displayName }: Member, baseUrl: string): JsonObject {
  const $ref = type === 'User' ? userLocation(id, baseUrl) : groupLocation(id, baseUrl);
  return displayName === null ? { value: id, $ref, type } : { value: id, $ref, type, display: displayName };
}
