import type { JsonObject, JsonValue } from '../../domain/kernel/json.js';

/**
 * The body of a response that is too large for memory: JSON text in pieces, which are produced on demand. The owner
 * must close it, whether it was read or not. If reading fails, the text read so far is incomplete.
 */
export class JsonText {
  constructor(
    readonly pieces: AsyncIterable<string>,
    /** Releases the source of the pieces. Does not throw. */
    readonly close: () => Promise<void>,
  ) {}
}

/**
 * Generates the JSON of an object with an additional array, whose elements arrive in parts. An empty array is omitted.
 */
export async function* withList(
  object: JsonObject,
  name: string,
  parts: AsyncIterable<readonly JsonValue[]>,
): AsyncGenerator<string, void, undefined> {
  const text = JSON.stringify(object).slice(0, -1);
  let open = false;
  for await (const part of parts) {
    if (part.length === 0) continue;
    yield `${open ? ',' : `${text},${JSON.stringify(name)}:[`}${JSON.stringify(part).slice(1, -1)}`;
    open = true;
  }
  yield open ? ']}' : `${text}}`;
}

/** Generates the JSON of an object with an additional array, whose elements are JSON texts. */
export async function* withTexts(
  object: JsonObject,
  name: string,
  elements: Iterable<AsyncIterable<string> | string>,
): AsyncGenerator<string, void, undefined> {
  yield `${JSON.stringify(object).slice(0, -1)},${JSON.stringify(name)}:[`;
  let isFirst = true;
  for (const element of elements) {
    if (!isFirst) yield ',';
    isFirst = false;
    if (typeof element === 'string') yield element;
    else yield* element;
  }
  yield ']}';
}
