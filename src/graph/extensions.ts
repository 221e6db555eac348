import type { JsonObject } from '../domain/json.js';
import { ENTERPRISE_URN } from '../domain/schema/enterprise-user.js';

/** The attributes of registered extensions, by URN. Those of the enterprise extension are fields of the user. */
export function toExtensions(attributes: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(attributes).filter(([key]) => key.startsWith('urn:') && key !== ENTERPRISE_URN),
  );
}
