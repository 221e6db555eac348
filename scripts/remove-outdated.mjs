/**
 * Removes output of deleted sources from dist/, as part of `npm run build`: the compiler only adds files.
 *
 * Output that still has a source stays, so that a running server finds the modules that it loads later, concurrent builds do
 * not delete each other's files, and incremental compilation keeps working.
 */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

// scripts/build-graphiql.mjs cleans dist/graphiql.
for (const folder of ['src', 'migrations']) {
  const built = join(root, 'dist', folder);
  for (const entry of await readdir(built, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const source = join(root, path.slice(join(root, 'dist').length).replace(/\.js(?:\.map)?$/, '.ts'));
    if (!existsSync(source)) await rm(path, { recursive: true, force: true });
  }
}
