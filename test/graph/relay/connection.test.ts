import 'reflect-metadata';
import { describe, expect, test } from '@jest/globals';
import { toBounds } from '../../../src/graph/relay/connection.js';
import { newId } from '../../../src/domain/kernel/id.js';
import { encodeCursor } from '../../../src/domain/search/page-cursor.js';

const scope = { list: 'users', directoryId: newId(), variant: 'USER_NAME', order: { type: 'text' } } as const;

describe('cursors', () => {
  test('are parsed to the bounds of a page', () => {
    const [after, before] = ['a', 'b'].map((value) => ({ value, id: newId() }));
    const args = { last: 5, after: encodeCursor(scope, after), before: encodeCursor(scope, before) };
    expect(toBounds('users', args, scope)).toEqual({ size: 5, backward: true, after, before });
  });

  test.each([
    ['another list', encodeCursor({ ...scope, list: 'groups' }, { value: '', id: newId() })],
    ['no position', encodeCursor(scope, undefined)],
    ['a page of SCIM', encodeCursor(scope, { value: '', id: newId() }, ['next', 5])],
    ['no list', 'nonsense'],
  ])('of %s are rejected with the name of the argument', (_name, cursor) => {
    for (const argument of ['after', 'before']) {
      expect(() => toBounds('users', { first: 1, [argument]: cursor }, scope)).toThrow(
        expect.objectContaining({ code: 'CURSOR_INVALID', message: expect.stringContaining(`\`${argument}\``) }),
      );
    }
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
  ])('%j are rejected with the limit and the requested size', (args, asked) => {
    expect(() => toBounds('users', args, scope)).toThrow(
      `\`users\` requires exactly one of \`first\` and \`last\`, from 1 to 100; the operation requests ${asked}`,
    );
  });
});
