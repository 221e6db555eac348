import type { JsonObject } from '../../domain/kernel/json.js';
import { ScimError } from './errors.js';
import type { ScimLimits } from './limits.js';

/** Arrays with separate limits: the members of a group and the operations of a PATCH. */
const UNCOUNTED = /^(urn:.*:)?(members|operations)$/i;

/**
 * Refuses a body that exceeds the limits, before it is processed. Values are only counted and not interpreted.
 *
 * @param body the parsed JSON of a request, or the data of one Bulk operation
 * @throws ScimError 400 tooMany, or invalidValue for a string that is too long
 */
export function assertRequestSize(body: unknown, limits: ScimLimits): void {
  let elements = 0;
  // An explicit stack, because the body may be nested deeper than the call stack allows.
  const open: unknown[] = [body];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') {
      if (value.length > limits.attributeLength) {
        throw new ScimError(
          400,
          `A string in a request must be at most ${limits.attributeLength} characters long`,
          'invalidValue',
        );
      }
    } else if (Array.isArray(value)) {
      elements += value.length;
      if (elements > limits.requestMembers) {
        throw new ScimError(
          400,
          `The lists of a request must have at most ${limits.requestMembers} elements in total`,
          'tooMany',
        );
      }
      for (const element of value) open.push(element);
    } else if (typeof value === 'object' && value !== null) {
      const object = value as JsonObject;
      const keys = Object.keys(object);
      if (keys.length > limits.attributes) {
        throw new ScimError(400, `An object must have at most ${limits.attributes} attributes`, 'tooMany');
      }
      for (const key of keys) {
        const one = object[key];
        if (Array.isArray(one) && one.length > limits.elements && !UNCOUNTED.test(key) && !isAboutMembers(object)) {
          throw new ScimError(400, `${key.slice(0, 200)} must have at most ${limits.elements} elements`, 'tooMany');
        }
        // The path of a PATCH operation is subject to the limit on filters instead.
        if (!(typeof one === 'string' && key.toLowerCase() === 'path')) open.push(one);
      }
    }
  }
}

/** Whether an object is a PATCH operation with the path `members`. */
function isAboutMembers(operation: JsonObject): boolean {
  return Object.entries(operation).some(
    ([key, path]) => key.toLowerCase() === 'path' && typeof path === 'string' && UNCOUNTED.test(path),
  );
}
