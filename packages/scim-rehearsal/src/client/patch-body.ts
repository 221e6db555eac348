import type { Json, JsonObject } from './json.js';
import { PATCH_URN } from './urns.js';

/** One operation of a PATCH. */
export interface Operation {
  /** Not defined by RFC 7644, but sent by Entra. */
  readonly name?: string;
  readonly op: string;
  readonly path?: string;
  readonly value?: Json;
}

/**
 * The body of a PATCH.
 *
 * @param groupId repeats the id of the group in the body: not defined by RFC 7644, but seen in reports
 */
export function toPatchBody(operations: readonly Operation[], groupId?: string): JsonObject {
  const list = operations.map((operation) => ({ ...operation }));
  return { schemas: [PATCH_URN], ...(groupId === undefined ? {} : { id: groupId }), Operations: list };
}
