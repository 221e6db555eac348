/**
 * Bundles the npm packages that sources and tests import, for jest. Jest loads every module again for each test file, and
 * loading a few bundled files takes half the CPU time of loading 1500 modules. All packages go into one bundle with shared
 * chunks, so that two packages that import a third still get the same instance of it, graphql above all.
 *
 * The bundle stays in node_modules/.cache until the lock file, this script or the set of imported packages changes.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const cache = join(root, 'node_modules/.cache/portico');
const SOURCES = ['src', 'migrations', 'test', 'scripts'];

/** Provided by jest itself, or too large to be worth bundling. */
const NOT_BUNDLED = new Set(['@jest/globals', 'esbuild', 'typescript']);

/** Optional packages that other packages try to import. */
const OPTIONAL = ['class-validator', 'pg-native', '@mikro-orm/core/fs-utils'];

/** CommonJS packages call `require`, which a bundle in ESM does not have. */
const DEFINE_REQUIRE = `import { createRequire as toRequire } from 'node:module'; const require = toRequire(import.meta.url);`;

/**
 * Bundles the packages unless an up-to-date bundle exists.
 *
 * @returns {Promise<Record<string, string>>} entries for jest's `moduleNameMapper`, from each import to the bundled file
 */
export async function bundleTestDependencies() {
  const specifiers = listSpecifiers();
  const key = createHash('sha1')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(readFileSync(import.meta.filename))
    .update(specifiers.join())
    .digest('hex')
    .slice(0, 12);
  const folder = join(cache, `test-dependencies-${key}`);
  if (!existsSync(folder)) await bundle(specifiers, folder);
  return Object.fromEntries(
    specifiers.map((specifier) => [`^${specifier}$`, join(folder, `${toFileName(specifier)}.mjs`)]),
  );
}

/** Lists the imported packages, and subpaths of packages. Workspaces are tested from their sources. */
function listSpecifiers() {
  const found = new Set();
  for (const folder of SOURCES) {
    for (const path of readdirSync(join(root, folder), { recursive: true })) {
      if (!path.endsWith('.ts')) continue;
      const text = readFileSync(join(root, folder, path), 'utf8');
      for (const [, specifier] of text.matchAll(/^(?:import|export) (?!type\b)(?:[^;']*? from )?'([^.'][^']*)'/gm)) {
        found.add(specifier);
      }
    }
  }
  return [...found].filter(isInstalledPackage).sort();
}

function isInstalledPackage(specifier) {
  if (specifier.startsWith('node:') || NOT_BUNDLED.has(specifier)) return false;
  const [name] = /^(?:@[^/]+\/)?[^/]+/.exec(specifier);
  const folder = join(root, 'node_modules', name);
  // npm links workspaces into node_modules.
  return existsSync(folder) && realpathSync(folder).startsWith(realpathSync(join(root, 'node_modules')));
}

async function bundle(specifiers, folder) {
  const draft = `${folder}.${process.pid}`;
  await build({
    entryPoints: Object.fromEntries(specifiers.map((specifier) => [toFileName(specifier), `exports-of:${specifier}`])),
    outdir: draft,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    // Errors are identified by the names of their classes.
    keepNames: true,
    external: OPTIONAL,
    banner: { js: DEFINE_REQUIRE },
    logLevel: 'warning',
    plugins: [{ name: 'exports-of', setup: addEntries }],
  });
  // The draft of a concurrent run has a suffix and stays.
  for (const name of readdirSync(cache)) {
    if (/^test-dependencies-[0-9a-f]+$/.test(name)) rmSync(join(cache, name), { recursive: true, force: true });
  }
  try {
    renameSync(draft, folder);
  } catch (error) {
    // A concurrent run has finished the same bundle.
    if (!existsSync(folder)) throw error;
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * Creates an entry point that exports by name the exports that Node provides. esbuild alone cannot list the names of a
 * CommonJS module.
 */
function addEntries(plugin) {
  plugin.onResolve({ filter: /^exports-of:/ }, ({ path }) => ({
    path: path.slice('exports-of:'.length),
    namespace: 'exports-of',
  }));
  plugin.onLoad({ filter: /./, namespace: 'exports-of' }, async ({ path }) => {
    const names = Object.keys(await import(path)).filter((name) => /^\w+$/.test(name));
    const from = JSON.stringify(path);
    return {
      contents: names.length > 0 ? `export { ${names.join(', ')} } from ${from};` : `import ${from};`,
      resolveDir: root,
    };
  });
}

function toFileName(specifier) {
  return specifier.replaceAll('/', '__');
}
