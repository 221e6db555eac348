import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fold } from '../../../src/domain/kernel/fold.js';

// Letters with case exist in the first two planes only.
const LAST_POINT = 0x1ffff;

describe('folding', () => {
  test.each([
    ['Kim@Fabrikam.Example', 'kim@fabrikam.example'],
    ['ÉMILE', 'émile'],
    ['E\u0301MILE', 'émile'],
    ['STRASSE', 'straße'],
    ['STRAẞE', 'straße'],
    ['ΟΔΟΣ', 'οδος'],
    ['οδοσ', 'οδος'],
    ['ÅNGSTRÖM', '\u212bngström'],
    ['ﬁ', 'FI'],
    ['ĳ', 'Ĳ'],
    ['Ǆ', 'ǅ'],
    ['ꭰ', 'Ꭰ'],
    ['𐐀', '𐐨'],
    ['K', '\u212a'],
  ])('%s and %s are equal', (left, right) => {
    expect(fold(left)).toBe(fold(right));
  });

  test.each([
    ['ı', 'i'],
    ['e', 'é'],
    ['kim ', 'kim'],
  ])('%s and %s are different', (left, right) => {
    expect(fold(left)).not.toBe(fold(right));
  });

  test('folding is idempotent for every character', () => {
    const unstable: string[] = [];
    for (let point = 0; point <= LAST_POINT; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue;
      const folded = fold(String.fromCodePoint(point));
      if (fold(folded) !== folded) unstable.push(point.toString(16));
    }
    expect(unstable).toEqual([]);
  });

  test('a character equals its upper and lower case, except the dotless ı', () => {
    const apart: string[] = [];
    for (let point = 0; point <= LAST_POINT; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue;
      const character = String.fromCodePoint(point);
      const key = fold(character);
      if (key !== fold(character.toUpperCase()) || key !== fold(character.toLowerCase())) apart.push(character);
    }
    expect(apart).toEqual(['ı']);
  });

  test('composed and decomposed text are equal, and folding is idempotent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(fold(text.normalize('NFD'))).toBe(fold(text));
        expect(fold(fold(text))).toBe(fold(text));
      }),
    );
  });
});
