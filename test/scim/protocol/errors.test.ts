import { expect, test } from '@jest/globals';
import { DomainError, type ErrorCode } from '../../../src/domain/kernel/errors.js';
import { ScimError, toErrorResource } from '../../../src/scim/protocol/errors.js';

const schemas = ['urn:ietf:params:scim:api:messages:2.0:Error'];

test.each<[ErrorCode, number, string | null]>([
  ['NOT_FOUND', 404, null],
  ['ALREADY_EXISTS', 409, 'uniqueness'],
  ['INVALID_VALUE', 400, 'invalidValue'],
  ['REQUIRED', 400, 'invalidValue'],
  ['READ_ONLY', 400, 'mutability'],
  ['IMMUTABLE', 400, 'mutability'],
  ['NO_TARGET', 400, 'noTarget'],
  ['VERSION_CONFLICT', 412, null],
  ['INVALID_REFERENCE', 400, 'invalidValue'],
  ['MEMBERSHIP_CYCLE', 400, 'invalidValue'],
  ['TOO_MANY', 400, 'tooMany'],
  ['AMBIGUOUS', 400, null],
  ['UNKNOWN_SCHEMA', 400, 'invalidValue'],
  ['FORBIDDEN', 403, null],
  ['CURSOR_INVALID', 400, 'invalidCursor'],
  ['CURSOR_EXPIRED', 400, 'expiredCursor'],
])('%s of the domain is %i in SCIM', (code, status, scimType) => {
  expect(toErrorResource(new DomainError(code, 'Why.'))).toEqual({
    status,
    body: { schemas, status: String(status), ...(scimType && { scimType }), detail: 'Why.' },
  });
});

test('an error of the façade keeps its status, scimType and detail', () => {
  expect(toErrorResource(new ScimError(400, 'No path.', 'noTarget'))).toEqual({
    status: 400,
    body: { schemas, status: '400', scimType: 'noTarget', detail: 'No path.' },
  });
});

test.each([[new Error('secret')], ['secret'], [undefined]])(
  'an unexpected error tells nothing of itself: %s',
  (error) => {
    const { status, body } = toErrorResource(error);
    expect(status).toBe(500);
    expect(body.status).toBe('500');
    expect(JSON.stringify(body)).not.toContain('secret');
  },
);
