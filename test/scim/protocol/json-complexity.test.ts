import { expect, test } from '@jest/globals';
import { assertJsonComplexity } from '../../../src/scim/protocol/json-complexity.js';
import { ScimError } from '../../../src/scim/protocol/errors.js';

const PADDING = 'x'.repeat(65_536);
const DEPTH = 100;
const BODY_BYTES = 1_000_000;
const PARTS = BODY_BYTES / 20;

function refusalOf(text: string): string | undefined {
  try {
    assertJsonComplexity(Buffer.from(text), BODY_BYTES);
    return undefined;
  } catch (error) {
    if (error instanceof ScimError) return error.scimType;
    throw error;
  }
}

/** Adds padding, so that the body is long enough to be checked. */
const around = (inner: string): string => `{"padding":"${PADDING}","x":${inner}}`;
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const repeated = (part: string, times: number): string => `[${Array<string>(times).fill(part).join(',')}]`;

test.each<[name: string, text: string, scimType: string | undefined]>([
  ['as deep as may be', around(nested(DEPTH - 1)), undefined],
  ['deeper', around(nested(DEPTH)), 'tooMany'],
  ['deeper, of objects', around('{"a":'.repeat(DEPTH) + '1' + '}'.repeat(DEPTH)), 'tooMany'],
  ['deep, but short', nested(5_000), undefined],
  ['many lists beside each other', around(repeated('[]', PARTS - 4)), undefined],
  ['too many lists beside each other', around(repeated('[]', PARTS)), 'tooMany'],
  ['too many objects', around(repeated('{}', PARTS)), 'tooMany'],
  ['too many names', around(repeated('{"a":1,"b":2}', PARTS / 2)), 'tooMany'],
  ['many plain values', around(repeated('1', 2 * PARTS)), undefined],
  ['brackets and colons in texts', around(`"${'[{:'.repeat(PARTS)}"`), undefined],
  ['brackets after an escaped quote', around(`"\\"${'['.repeat(PARTS)}"`), undefined],
  ['brackets after an escaped backslash', around(`["\\\\",${nested(DEPTH)}]`), 'tooMany'],
  ['a text that never ends', `"${PADDING}${'['.repeat(DEPTH + 1)}`, undefined],
])('%s', (_name, text, scimType) => {
  expect(refusalOf(text)).toBe(scimType);
});
