import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';

test('the build removes the output of deleted sources and keeps the rest', async () => {
  const outdated = ['dist/src/no-more.js', 'dist/src/no-more.js.map', 'dist/src/no-more/deeper/no-more.js'];
  await mkdir('dist/src/no-more/deeper', { recursive: true });
  outdated.push('packages/scim-rehearsal/dist/no-more.js', 'packages/scim-rehearsal/dist/no-more.d.ts');
  for (const file of outdated) await writeFile(file, '');
  const { status, stderr } = spawnSync(process.execPath, ['scripts/remove-outdated.mjs'], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  expect([...outdated, 'dist/src/no-more'].filter((path) => existsSync(path))).toEqual([]);
  const kept = ['dist/src/main.js', 'dist/src/main.js.map', 'dist/graphiql/page.html', 'dist/migrations'];
  const ofPackage = ['cli/help.js', 'cli/help.d.ts', '.tsbuildinfo'].map(
    (name) => `packages/scim-rehearsal/dist/${name}`,
  );
  for (const path of [...kept, ...ofPackage]) {
    expect([path, existsSync(path)]).toEqual([path, true]);
  }
});
