/**
 * Writes schema.graphql from the built code; with --check, fails when the file differs instead.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { buildGraphSchema, printGraphSchema } from '../dist/src/graph/schema.js';

const FILE = new URL('../schema.graphql', import.meta.url);
const printed = printGraphSchema(buildGraphSchema());

if (process.argv.includes('--check')) {
  const present = await readFile(FILE, 'utf8').catch(() => '');
  if (present !== printed) {
    process.stderr.write('schema.graphql differs from the code: run `npm run schema:print` and commit the file\n');
    process.exitCode = 1;
  }
} else {
  await writeFile(FILE, printed);
}
