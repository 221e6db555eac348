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
