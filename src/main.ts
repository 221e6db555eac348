#!/usr/bin/env node
import { findNodeVersionProblem } from './node-version.js';

const parameters = process.argv.slice(2);
const problem = findNodeVersionProblem(process.versions.node);

// Only the parent process reports the problem, not the workers of `serve --workers`.
if (problem && parameters[0] !== 'worker') process.stderr.write(`portico: ${problem.message}\n`);

// Packages are imported only after this check, because the dependencies fail to load on an older Node.
if (problem?.severity === 'error') {
  process.exitCode = 1;
} else {
  const { run } = await import('./cli/program.js');
  process.exitCode = await run(parameters);
}
