/**
 * Removes from dist/ what is left of sources that are no more, as a part of `npm run build`: the compiler only adds.
 *
 * What still has a source stays. So a server that runs finds all that it loads later, builds at the same time do not take
 * each other's files away, and the compiler need not begin anew.
 */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

// dist/graphiql is scripts/build-graphiql.mjs's to clean.
for (const folder of ['src', 'migrations']) {
  const built = join(root, 'dist', folder);
  for (const entry of await readdir(built, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const source = join(root, path.slice(join(root, 'dist').length).replace(/\.js(?:\.map)?$/, '.ts'));
    if (!existsSync(source)) await rm(path, { recursive: true, force: true });
  }
}
