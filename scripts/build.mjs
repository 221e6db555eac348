/**
 * Builds dist/ and the packages if they are not up to date: `npm run build`, and before each script that runs the build.
 * `--force` builds in any case. Prints nothing when there is nothing to do, so that it can precede a command whose output is
 * read.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { COMPILER_RECORDS, readBuildState, recordBuild } from './build-state.mjs';

const root = resolve(import.meta.dirname, '..');

/** Runs a Node program to its end. @returns whether it succeeded */
async function run(program, ...parameters) {
  const child = spawn(process.execPath, [join(root, program), ...parameters], {
    cwd: root,
    // Standard output belongs to the command that follows.
    stdio: ['ignore', process.stderr, process.stderr],
  });
  const [code] = await once(child, 'close');
  return code === 0;
}

const { inputs, isFresh, isDamaged } = readBuildState(root);
const force = process.argv.includes('--force');

if (force || !isFresh) {
  // The compiler skips files that its record says it has written, even if they are gone.
  if (force || isDamaged) for (const record of COMPILER_RECORDS) await rm(join(root, record), { force: true });
  const results = await Promise.all([
    // The server imports the types that the package exports.
    run('node_modules/typescript/bin/tsc', '-p', 'packages/scim-rehearsal').then(
      (isBuilt) => isBuilt && run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'),
    ),
    run('scripts/build-graphiql.mjs'),
  ]);
  if (results.every(Boolean)) await import('./remove-outdated.mjs');
  else process.exitCode = 1;
  await recordBuild(root, results.every(Boolean) ? inputs : null);
}
