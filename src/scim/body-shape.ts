import { ScimError } from './errors.js';

/** A body of so many bytes is parsed in a few milliseconds, whatever is in it. */
const HARMLESS = 64 * 1024;
/** How many objects and lists may stand inside each other. Bulk, PATCH and a complex attribute together make ten. */
const MAX_DEPTH = 100;
/** One name, object or list for so many bytes that a body may have. A member with nothing but its id takes 24 for each. */
const BYTES_OF_PART = 20;

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * Refuses JSON that would take long to parse by its shape, not by its length: millions of brackets inside each other keep
 * a parser busy for half a second. It only counts; whether it is JSON is for the parser to say.
 *
 * @param bodyBytes how long a body may be
 * @throws ScimError 400 tooMany
 */
export function refuseIntricate(bytes: Uint8Array, bodyBytes: number): void {
  if (bytes.length <= HARMLESS) return;
  const maxParts = Math.floor(bodyBytes / BYTES_OF_PART);
  let depth = 0;
  let parts = 0;
  let inText = false;
  for (let place = 0; place < bytes.length; place++) {
    const byte = bytes[place] ?? 0;
    if (inText) {
      if (byte === BACKSLASH) place++;
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
