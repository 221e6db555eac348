import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/kernel/json.js';

const PREFIX = 'bulkId:';
const IN_PATH = /"bulkId:([^"\\]+)"/g;
/** How deep to search. References occur at most four levels down, in `Operations[].value[].value`. */
const MAX_DEPTH = 8;

/** Marks a value to omit. */
const OMITTED = Symbol('omitted');

/** The place of a reference: a `value`, which takes an id, a `$ref`, which takes a URL, or any other string. */
export type ReferenceKind = 'value' | '$ref' | 'text';

/**
 * Resolves a reference.
 *
 * @param kind a `text` may look like a reference without being one
 * @returns the id or URL; undefined to leave out the reference; null to keep the string
 */
export type Resolve = (bulkId: string, kind: ReferenceKind) => string | undefined | null;

/** Returns the bulkId of a reference, which RFC 7644 §3.7.2 writes as `bulkId:qwerty`; undefined for other strings. */
export function parseReference(text: string): string | undefined {
  return text.startsWith(PREFIX) && text.length > PREFIX.length ? text.slice(PREFIX.length) : undefined;
}

/**
 * Replaces references with ids: strings of the form `bulkId:…`, and those in the value path of a PATCH
 * (`members[value eq "bulkId:u1"]`). An element or complex attribute whose `value` is left out is left out as a whole.
 */
export function resolveReferences(data: JsonObject, resolve: Resolve): JsonObject {
  const resolved = resolveIn(data, '', resolve, 0);
  return isJsonObject(resolved) ? resolved : {};
}

function resolveIn(value: JsonValue, key: string, resolve: Resolve, depth: number): JsonValue | typeof OMITTED {
  if (depth > MAX_DEPTH) return value;
  if (typeof value === 'string') return resolveText(value, key, resolve);
  if (Array.isArray(value)) {
    return (value as readonly JsonValue[])
      .map((element) => resolveIn(element, '', resolve, depth + 1))
      .filter((element) => element !== OMITTED);
  }
  if (!isJsonObject(value)) return value;
  const entries: Array<[string, JsonValue]> = [];
  for (const [name, one] of Object.entries(value)) {
    const resolved = resolveIn(one, name, resolve, depth + 1);
    if (resolved !== OMITTED) entries.push([name, resolved]);
    else if (kindOf(name) !== 'text') return OMITTED;
  }
  return Object.fromEntries(entries);
}

function resolveText(text: string, key: string, resolve: Resolve): string | typeof OMITTED {
  if (key.toLowerCase() === 'path') {
    return text.replace(IN_PATH, (whole, bulkId: string) => {
      const id = resolve(bulkId, 'value');
      return typeof id === 'string' ? JSON.stringify(id) : whole;
    });
  }
  const bulkId = parseReference(text);
  if (bulkId === undefined) return text;
  const id = resolve(bulkId, kindOf(key));
  return id === null ? text : (id ?? OMITTED);
}

function kindOf(key: string): ReferenceKind {
  const name = key.toLowerCase();
  return name === 'value' || name === '$ref' ? name : 'text';
}
