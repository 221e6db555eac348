import { isDeepStrictEqual } from 'node:util';
import { isObject, type Json } from './json.js';

/**
 * True when a stored value is the one that was sent, as Entra compares them: the order of a list does not matter, and an object
 * in a list counts as its `value`.
 */
export function isSameValue(sent: Json, stored: Json | undefined): boolean {
  if (isDeepStrictEqual(sent, stored)) return true;
  if (!Array.isArray(stored)) return false;
  const expected = (Array.isArray(sent) ? sent : [sent]).map(toComparable);
  const actual = stored.map(toComparable);
  return isDeepStrictEqual(expected.toSorted(), actual.toSorted());
}

function toComparable(element: Json): string {
  return JSON.stringify(isObject(element) ? element['value'] : element);
}

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * True when a stored value is exactly the one that was sent, as the validators compare simple values. A dateTime may be written
 * differently as long as it is the same instant.
 */
export function isExactValue(sent: Json, stored: Json | undefined): boolean {
  if (typeof sent !== 'string' || typeof stored !== 'string' || !DATE_TIME.test(sent)) return sent === stored;
  return Date.parse(sent) === Date.parse(stored);
}
