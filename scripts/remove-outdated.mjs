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

/** Each folder that the compiler writes to, with the folder of the sources. dist/graphiql is cleaned where it is built. */
const BUILT = {
  'dist/src': 'src',
  'dist/migrations': 'migrations',
  'packages/scim-rehearsal/dist': 'packages/scim-rehearsal/src',
};

for (const [folder, sources] of Object.entries(BUILT)) {
  const built = join(root, folder);
  if (!existsSync(built)) continue;
  for (const entry of await readdir(built, { recursive: true, withFileTypes: true })) {
    if (entry.name === '.tsbuildinfo') continue;
    const path = join(entry.parentPath, entry.name);
    const source = join(root, sources, path.slice(built.length).replace(/\.(?:d\.ts|js|js\.map)$/, '.ts'));
    if (!existsSync(source)) await rm(path, { recursive: true, force: true });
  }
}
