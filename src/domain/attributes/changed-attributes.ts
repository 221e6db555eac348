import { isJsonObject, jsonEquals } from '../kernel/json.js';
import type { Attributes } from './attributes.js';
import { ENTERPRISE_URN } from '../schema/enterprise-user.js';

/**
 * Returns the names of the attributes that differ, in GraphQL's spelling: attributes of the enterprise extension
 * without a URN, those of other extensions with their URN.
 */
export function changedAttributes(before: Attributes, after: Attributes): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
    const left = before[key];
    const right = after[key];
    if (!key.startsWith('urn:')) return jsonEquals(left, right) ? [] : [key];
    const leftValues = isJsonObject(left) ? left : {};
    const rightValues = isJsonObject(right) ? right : {};
    return [...new Set([...Object.keys(leftValues), ...Object.keys(rightValues)])]
      .filter((name) => !jsonEquals(leftValues[name], rightValues[name]))
      .map((name) => (key === ENTERPRISE_URN ? name : `${key}:${name}`));
  });
}
