import { ScimError } from './errors.js';

/** Bodies up to this size are not checked: parsing one takes a few milliseconds at most, whatever its shape. */
const HARMLESS = 64 * 1024;
/** The deepest nesting of objects and arrays. A Bulk request with a PATCH of a complex attribute nests ten deep. */
const MAX_DEPTH = 100;
/**
 * The average number of bytes for each name, object and array that a body must have. A member with only an id has 24.
 */
const BYTES_OF_PART = 20;

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * Refuses JSON whose shape would make it slow to parse: millions of nested brackets keep the parser busy for half a
 * second. The bytes are only counted; the parser decides whether they are JSON.
 *
 * @param bodyBytes the maximum size of a body
 * @throws ScimError 400 tooMany
 */
export function assertJsonComplexity(bytes: Uint8Array, bodyBytes: number): void {
  if (bytes.length <= HARMLESS) return;
  const maxParts = Math.floor(bodyBytes / BYTES_OF_PART);
  let depth = 0;
  let parts = 0;
  let inText = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    if (inText) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) inText = false;
      continue;
    }
    switch (byte) {
      case QUOTE:
        inText = true;
        break;
      case COLON:
        parts++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        parts++;
        depth++;
        if (depth > MAX_DEPTH)
          throw tooMany(`Objects and lists in a request body must be nested at most ${MAX_DEPTH} levels deep`);
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
    }
    if (parts > maxParts) throw tooMany(`A request body must have at most ${maxParts} names, objects and lists`);
  }
}

function tooMany(detail: string): ScimError {
  return new ScimError(400, detail, 'tooMany');
}
