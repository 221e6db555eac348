import { describe, expect, test } from '@jest/globals';
import { chooseType, GRAPHQL_TYPE, JSON_TYPE } from '../../../src/graph/transport/media-type.js';

describe('the media type of an answer', () => {
  test.each([
    [undefined, JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    [JSON_TYPE, JSON_TYPE],
    [GRAPHQL_TYPE, GRAPHQL_TYPE],
    [`${GRAPHQL_TYPE}; charset=utf-8, ${JSON_TYPE}; charset=utf-8; q=0.9`, GRAPHQL_TYPE],
    [`${JSON_TYPE};q=0.9,${GRAPHQL_TYPE}`, GRAPHQL_TYPE],
    [`${JSON_TYPE}, ${GRAPHQL_TYPE}`, JSON_TYPE],
    [`${GRAPHQL_TYPE};q=0.1, text/html`, GRAPHQL_TYPE],
    [`*/*;q=0.1, ${GRAPHQL_TYPE}`, GRAPHQL_TYPE],
    [`*/*, ${JSON_TYPE};q=0`, GRAPHQL_TYPE],
    [`application/*;q=0.5, ${JSON_TYPE};q=0.4`, GRAPHQL_TYPE],
    ['APPLICATION/JSON', JSON_TYPE],
    [`${JSON_TYPE};q=0`, undefined],
    [`${JSON_TYPE};q=nonsense`, undefined],
    ['text/html, image/png', undefined],
    ['', undefined],
    [',;,', undefined],
  ])('for Accept: %s is %s', (accept, type) => {
    expect(chooseType(accept)).toBe(type);
    // Again, from the cache.
    expect(chooseType(accept)).toBe(type);
  });
});
