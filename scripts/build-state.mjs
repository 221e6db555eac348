/**
 * Whether dist/ was built from what the sources are now. Content decides, never a file's time: a checkout, a copy or a
 * restored cache changes the times of files and not what they build.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** All that the build reads: folders with everything below them, and files. */
const INPUTS = [
  'src',
  'migrations',
  'graphiql',
  'tsconfig.json',
  'tsconfig.build.json',
  // What is bundled, and the compiler itself.
  'package.json',
  'package-lock.json',
  'scripts/build.mjs',
  'scripts/build-graphiql.mjs',
  'scripts/remove-outdated.mjs',
];

/** Where the build notes what it has made. */
const NOTES = 'dist/.build.json';
/** The compiler's own notes, by which it writes only what has changed. */
export const COMPILER_NOTES = 'dist/.tsbuildinfo';

/**
 * Reads the state of a checkout.
 *
 * @param {string} root the checkout
 * @returns {{ inputs: string, isFresh: boolean, isDamaged: boolean }} the digest of the inputs; whether dist/ is what
 *   they build; whether files of dist/ are missing or changed, which the compiler would not notice
 */
export function readBuildState(root) {
  const inputs = digestOf(listInputs(root));
  const notes = readNotes(root);
  const outputs = listOutputs(root);
  const isDamaged = notes === undefined || Object.entries(notes.outputs).some(([path, hash]) => outputs[path] !== hash);
  const isComplete = !isDamaged && Object.keys(outputs).length === Object.keys(notes.outputs).length;
  return { inputs, isFresh: isComplete && notes.inputs === inputs, isDamaged };
}

/**
 * Notes what the build has made.
 *
 * @param {string} root the checkout
 * @param {string | null} inputs the digest of the inputs from before the build, so that a change during the build counts
 *   as a change after it; null for a build that failed
 */
export async function noteBuild(root, inputs) {
  await writeFile(join(root, NOTES), JSON.stringify({ inputs, outputs: listOutputs(root) }));
}

function readNotes(root) {
  try {
    return JSON.parse(readFileSync(join(root, NOTES), 'utf8'));
  } catch (error) {
    // No build yet, or one that was ended while it wrote.
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Each file of dist/ with the hash of its content. */
function listOutputs(root) {
  const files = listFiles(root, 'dist').filter((path) => path !== NOTES && path !== COMPILER_NOTES);
  return hashesOf(root, files);
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

/** The files at or below a path, in an order that is always the same; none where nothing is. */
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
