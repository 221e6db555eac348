/** Any JSON value, as parsed from a request or read from a `jsonb` column. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object. Clients may send any key, including `__proto__`: read keys with `Object.entries`. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Returns true for an object, false for arrays, `null` and primitive values. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads a key of an object, ignoring case: Entra's default dialect, Okta and hand-written clients differ in it
 * (`operations`, `Path`). The exact spelling wins where both are present.
 */
export function findKey(object: JsonObject, name: string): JsonValue | undefined {
  if (Object.hasOwn(object, name)) return object[name];
  return Object.entries(object).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

/** Compares two JSON values structurally. The order of keys is irrelevant; the order of elements is not. */
export function jsonEquals(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return (
      a.length === b.length && a.every((element, index) => jsonEquals(element as JsonValue, b[index] as JsonValue))
    );
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && jsonEquals(a[key], b[key]))
  );
}
