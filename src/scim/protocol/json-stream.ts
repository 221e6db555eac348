import type { JsonObject, JsonValue } from '../../domain/kernel/json.js';

/**
 * The body of a response that is too large to be held: JSON text in pieces, which are made while they are taken. Whoever
 * has one closes it, whether it was read or not. When reading fails, what was taken so far is no whole answer.
 */
export class JsonText {
  constructor(
    readonly pieces: AsyncIterable<string>,
    /** Ends what the pieces are made from. Does not throw. */
    readonly close: () => Promise<void>,
  ) {}
}

/** The text of an object with one more attribute, a list that comes in parts; without elements it is left out. */
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

/** The text of an object with one more attribute, a list whose elements are texts themselves. */
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
