#!/usr/bin/env node
import { findNodeVersionProblem } from './node-version.js';

const parameters = process.argv.slice(2);
const problem = findNodeVersionProblem(process.versions.node);

// The workers of `serve --workers` are silent: the process that started them has already said it.
if (problem && parameters[0] !== 'worker') process.stderr.write(`portico: ${problem.message}\n`);

// No package is imported before this: the dependencies do not even load on an older Node.
if (problem?.severity === 'error') {
  process.exitCode = 1;
} else {
  const { run } = await import('./cli/program.js');
  process.exitCode = await run(parameters);
}
