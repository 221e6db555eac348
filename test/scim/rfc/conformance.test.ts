import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readDeclarations } from './declarations.js';
import { readDocument } from './requirement.js';

const FOLDER = join(process.cwd(), 'test/scim/rfc');

describe('docs/scim-conformance.md', () => {
  const declarations = readDeclarations(FOLDER);

  test('has a row for each declaration, and no other', () => {
    const documented = readDocument().map(({ id, level, status }) => `${id} ${level} ${status}`);
    const declared = declarations.map(({ id, level, status }) => `${id} ${level} ${status}`);
    expect(documented.sort()).toEqual(declared.sort());
  });

  test('has ids that are unique and leave no gap in their section', () => {
    const sections = Map.groupBy(declarations, ({ rfc, section }) => `${rfc}-${section}`);
    for (const [section, rows] of sections) {
      const ids = rows.map(({ id }) => id).sort();
      expect(ids).toEqual(ids.map((_id, index) => `${section}-${String(index + 1).padStart(2, '0')}`));
    }
  });
});
