import 'reflect-metadata';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeCursor, parseCursor, toBounds } from '../../../src/graph/relay/connection.js';
import { newId } from '../../../src/domain/kernel/id.js';

const scope = { list: 'users', directoryId: newId(), order: { field: 'USER_NAME', type: 'text' as const } };

describe('cursors', () => {
  test('carry any value that can be stored', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const value = text.replaceAll('\0', '');
        const position = { value, id: newId() };
        expect(parseCursor(encodeCursor(scope, position), scope, 'after')).toEqual(position);
      }),
    );
  });

  test.each([
    ['another directory', { ...scope, directoryId: newId() }],
    ['another order', { ...scope, order: { field: 'TITLE', type: 'text' as const } }],
    ['another list', { ...scope, list: 'groups' }],
    ['no order', { list: 'users', directoryId: scope.directoryId }],
  ])('of %s are refused', (_name, other) => {
    const cursor = encodeCursor(other, { value: '', id: newId() });
    expect(() => parseCursor(cursor, scope, 'after')).toThrow(expect.objectContaining({ code: 'CURSOR_INVALID' }));
  });

  test('that are garbage are refused', () => {
    const known = JSON.parse(Buffer.from(encodeCursor(scope, { value: 'a', id: newId() }), 'base64url').toString());
    const forged = [
      [...known.slice(0, 3), 'a', "1' or '1'='1"],
      [...known.slice(0, 3), 'a\0', newId()],
      [...known.slice(0, 3), null, newId()],
      { ...known },
    ].map((parts) => Buffer.from(JSON.stringify(parts)).toString('base64url'));
    for (const cursor of ['', 'x', '%%%', '[]', 'bnVsbA', ...forged]) {
      expect(() => parseCursor(cursor, scope, 'after')).toThrow(expect.objectContaining({ code: 'CURSOR_INVALID' }));
    }
    const timed = { ...scope, order: { field: 'CREATED_AT', type: 'timestamptz' as const } };
    const notATime = encodeCursor(timed, { value: 'infinity', id: newId() });
    expect(() => parseCursor(notATime, timed, 'after')).toThrow(expect.objectContaining({ code: 'CURSOR_INVALID' }));
  });
});

describe('page sizes', () => {
  test.each([
    [{}, 'neither'],
    [{ first: 0 }, 'first: 0'],
    [{ first: 101 }, 'first: 101'],
    [{ last: -1 }, 'last: -1'],
    [{ first: 5, last: 5 }, 'first: 5 and last: 5'],
    [{ first: null, last: null }, 'neither'],
  ])('%j are refused with the limit and what was asked', (args, asked) => {
    expect(() => toBounds('users', args, scope)).toThrow(
      `\`users\` requires exactly one of \`first\` and \`last\`, from 1 to 100; the operation asked for ${asked}`,
    );
  });
});
