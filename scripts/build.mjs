/**
 * Builds dist/ where it is not up to date: `npm run build`, and before each script that runs what is built. `--force`
 * builds in any case. Silent when there is nothing to do, so that it can stand before a command whose output is read.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { COMPILER_NOTES, noteBuild, readBuildState } from './build-state.mjs';

const root = resolve(import.meta.dirname, '..');

/** Runs a Node program to its end, on this terminal. */
async function run(program, ...parameters) {
  const child = spawn(process.execPath, [join(root, program), ...parameters], {
    cwd: root,
    // Standard output is for the command that follows.
    stdio: ['ignore', process.stderr, process.stderr],
  });
  const [code] = await once(child, 'close');
  return code === 0;
}

const { inputs, isFresh, isDamaged } = readBuildState(root);
const force = process.argv.includes('--force');

if (force || !isFresh) {
  // By its notes the compiler skips what it has written before, even where that is gone.
  if (force || isDamaged) await rm(join(root, COMPILER_NOTES), { force: true });
  const results = await Promise.all([
    run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'),
    run('scripts/build-graphiql.mjs'),
  ]);
  if (results.every(Boolean)) await import('./remove-outdated.mjs');
  else process.exitCode = 1;
  await noteBuild(root, results.every(Boolean) ? inputs : null);
}
