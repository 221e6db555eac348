/**
 * Determines whether the build output matches the sources. It compares contents, not modification times: a checkout, a
 * copy or a restored cache changes the times of files but not their contents.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Everything that the build reads: files, and folders with all files in them. */
const INPUTS = [
  'src',
  'migrations',
  'graphiql',
  'packages/scim-rehearsal/src',
  'packages/scim-rehearsal/package.json',
  'packages/scim-rehearsal/tsconfig.json',
  'tsconfig.json',
  'tsconfig.build.json',
  // Bundled packages, and the compiler itself.
  'package.json',
  'package-lock.json',
  'scripts/build.mjs',
  'scripts/build-graphiql.mjs',
  'scripts/remove-outdated.mjs',
];

/** The folders that the build writes. */
const OUTPUTS = ['dist', 'packages/scim-rehearsal/dist'];

/** The record of the last build. */
const RECORD = 'dist/.build.json';
/** The compiler's records of its incremental builds. */
export const COMPILER_RECORDS = OUTPUTS.map((folder) => `${folder}/.tsbuildinfo`);

/**
 * Reads the state of a checkout.
 *
 * @param {string} root the checkout
 * @returns {{ inputs: string, isFresh: boolean, isDamaged: boolean }} the digest of the inputs; whether the output was built
 *   from them; whether output files are missing or changed, which the compiler would not notice
 */
export function readBuildState(root) {
  const inputs = digestOf(listInputs(root));
  const record = readRecord(root);
  const outputs = listOutputs(root);
  const isDamaged =
    record === undefined || Object.entries(record.outputs).some(([path, hash]) => outputs[path] !== hash);
  const isComplete = !isDamaged && Object.keys(outputs).length === Object.keys(record.outputs).length;
  return { inputs, isFresh: isComplete && record.inputs === inputs, isDamaged };
}

/**
 * Records a build.
 *
 * @param {string} root the checkout
 * @param {string | null} inputs the digest of the inputs before the build, so that a change during the build triggers the
 *   next one; null for a failed build
 */
export async function recordBuild(root, inputs) {
  await writeFile(join(root, RECORD), JSON.stringify({ inputs, outputs: listOutputs(root) }));
}

function readRecord(root) {
  try {
    return JSON.parse(readFileSync(join(root, RECORD), 'utf8'));
  } catch (error) {
    // No build yet, or one that was killed while writing.
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Each output file with the hash of its content. */
function listOutputs(root) {
  const files = OUTPUTS.flatMap((folder) => listFiles(root, folder));
  return hashesOf(
    root,
    files.filter((path) => path !== RECORD && !COMPILER_RECORDS.includes(path)),
  );
}

function listInputs(root) {
  return hashesOf(
    root,
    INPUTS.flatMap((path) => listFiles(root, path)),
  );
}

function hashesOf(root, paths) {
  return Object.fromEntries(paths.map((path) => [path, hash(readFileSync(join(root, path)))]));
}

/** The files at or below a path, sorted; empty if it does not exist. */
function listFiles(root, path) {
  const status = statSync(join(root, path), { throwIfNoEntry: false });
  if (status === undefined) return [];
  return status.isFile() ? [path] : listFolder(root, path);
}

function listFolder(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? listFolder(root, path) : [path];
    });
}

function digestOf(hashes) {
  return hash(JSON.stringify(hashes));
}

function hash(content) {
  return createHash('sha1').update(content).digest('base64');
}
