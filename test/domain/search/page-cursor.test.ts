import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { newId } from '../../../src/domain/kernel/id.js';
import { encodeCursor, parseCursor, type CursorScope } from '../../../src/domain/search/page-cursor.js';

const scope = { list: 'users', directoryId: newId(), variant: 'USER_NAME', order: { type: 'text' } } as const;

describe('page cursors', () => {
  test('encode any value that can be stored, and settings', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const position = { value: text.replaceAll('\0', ''), id: newId() };
        expect(parseCursor(encodeCursor(scope, position), scope)).toEqual({ settings: [], position });
        expect(parseCursor(encodeCursor(scope, position, ['next', 7]), scope, 2)).toEqual({
          settings: ['next', 7],
          position,
        });
      }),
    );
  });

  test('may point to the beginning of the list', () => {
    expect(parseCursor(encodeCursor(scope, undefined, ['next', 7]), scope, 2)).toEqual({
      settings: ['next', 7],
      position: undefined,
    });
  });

  test.each([
    ['another directory', { ...scope, directoryId: newId() }],
    ['another variant', { ...scope, variant: 'TITLE' }],
    ['another list', { ...scope, list: 'groups' }],
    ['no variant', { list: 'users', directoryId: scope.directoryId }],
  ])('of %s are rejected', (_name, other) => {
    expect(parseCursor(encodeCursor(other, { value: '', id: newId() }), scope)).toBeUndefined();
  });

  test('that are damaged or forged are rejected', () => {
    const cursor = encodeCursor(scope, { value: 'a', id: newId() });
    const known = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const forged = [
      [...known.slice(0, 3), 'a', "1' or '1'='1"],
      [...known.slice(0, 3), 'a\0', newId()],
      [...known.slice(0, 3), null, newId()],
      [...known.slice(0, 3), 'a', newId(), newId()],
      [...known.slice(0, 3), 'a'],
      { ...known },
    ].map((parts) => Buffer.from(JSON.stringify(parts)).toString('base64url'));
    const damaged = [`${cursor}x`, `${cursor}=`, ` ${cursor}`, cursor.slice(0, -1)];
    for (const text of ['', 'x', '%%%', '[]', 'bnVsbA', ...damaged, ...forged]) {
      expect([text, parseCursor(text, scope)]).toEqual([text, undefined]);
    }
  });

  const position = (value: string | null): { value: string | null; id: string } => ({ value, id: newId() });
  test.each([
    [undefined, '', 'x'],
    [{ type: 'timestamptz' }, '2026-01-31T12:00:00.000Z', 'infinity'],
    [{ type: 'numeric', nullable: false }, '-1.5', '1e5'],
    [{ type: 'boolean', nullable: false }, 'true', 'yes'],
    [{ type: 'uuid', nullable: false }, newId(), 'x'],
    [{ type: 'text', nullable: true }, null, '\ud800'],
    [{ type: 'text', nullable: true }, 'x', 'a\0'],
    [{ type: 'text', nullable: false }, 'x', null],
  ] as Array<[CursorScope['order'], string | null, string | null]>)(
    'of the order %j hold values of its type, such as %j and not %j',
    (order, value, other) => {
      const list = { list: 'users', directoryId: '', order };
      const [fit, unfit] = [position(value), position(other)];
      expect(parseCursor(encodeCursor(list, fit), list)?.position).toEqual(fit);
      expect(parseCursor(encodeCursor(list, unfit), list)).toBeUndefined();
    },
  );
});
