/**
 * The unit tests: those that start nothing. They need no build and no database: `npm run test:unit`.
 *
 * What a test imports decides. One that reaches a database, another process or the network, itself or through
 * test/support, is left to `npm test`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import all from './jest.config.js';

const STARTS_SOMETHING = new Set(['node:child_process', 'node:cluster', 'node:http', 'node:net', 'pg']);

const root = import.meta.dirname;
const known = new Map();

/** Whether a file of test/ starts something, itself or through other files of test/. */
function startsSomething(file) {
  if (!known.has(file)) {
    known.set(file, false); // while a circle of imports is followed
    const imports = importsOf(join(root, file)).map((name) =>
      name.startsWith('.') ? join(dirname(file), name).replace(/\.js$/, '.ts') : name,
    );
    known.set(
      file,
      imports.some((name) => STARTS_SOMETHING.has(name) || (isTestFile(name) && startsSomething(name))),
    );
  }
  return known.get(file);
}

function isTestFile(path) {
  return path.startsWith('test/') && existsSync(join(root, path));
}

/** Lists the modules that a file imports, except for types only. */
function importsOf(path) {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/^(?:import|export) (?!type\b)[^;]*?from '([^']+)'|\bimport\('([^']+)'\)/gm)].map(
    ([, name, dynamic]) => name ?? dynamic,
  );
}

const tests = readdirSync(join(root, 'test'), { recursive: true }).filter((path) => path.endsWith('.test.ts'));

/** @type {import('jest').Config} */
export default {
  ...all,
  globalSetup: undefined,
  globalTeardown: undefined,
  testPathIgnorePatterns: tests.map((path) => `test/${path}`).filter(startsSomething),
};
