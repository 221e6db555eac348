import type { JsonObject } from '../../domain/json.js';
import { ScimError } from '../errors.js';
import type { ScimLimits } from '../limits.js';

/** Lists with limits of their own: the members of a group, the operations of a PATCH. */
const UNCOUNTED = /^(urn:.*:)?(members|operations)$/i;

/**
 * Refuses a body that holds more than a request may, before anything is made of it. It only counts: what the body means
 * is for others to say.
 *
 * @param body parsed JSON of one operation, of a Bulk request the data of one
 * @throws ScimError 400 tooMany, or invalidValue for a text that is too long
 */
export function refuseOversized(body: unknown, limits: ScimLimits): void {
  let elements = 0;
  // A stack of our own: the body may nest deeper than calls can.
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
        // A path of a PATCH is no value: the filter's limit holds for it.
        if (!(typeof one === 'string' && key.toLowerCase() === 'path')) open.push(one);
      }
    }
  }
}

/** `"path": "members"` beside a `value`, in a PATCH. */
function isAboutMembers(operation: JsonObject): boolean {
  return Object.entries(operation).some(
    ([key, path]) => key.toLowerCase() === 'path' && typeof path === 'string' && UNCOUNTED.test(path),
  );
}
