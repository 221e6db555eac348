/**
 * Bundles the page that browsers get at /graphql from graphiql/ into dist/graphiql/, as part of `npm run build`.
 *
 * The page is page.html. The names of its assets contain a hash of their content, so that browsers can cache them for ever.
 * Each asset is also written gzipped.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { build } from 'esbuild';

/** The path at which src/graph/graphiql-routes.ts serves the assets. */
const PUBLIC_PATH = '/graphql/assets';

const source = resolve(import.meta.dirname, '../graphiql');
const target = resolve(import.meta.dirname, '../dist/graphiql');

const { metafile } = await build({
  entryPoints: ['page.ts', 'page.css', 'icon.svg'].map((name) => join(source, name)),
  entryNames: '[name]-[hash]',
  outdir: join(target, 'assets'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2023',
  loader: { '.svg': 'copy' },
  metafile: true,
  logLevel: 'warning',
});

let page = await readFile(join(source, 'page.html'), 'utf8');
const current = new Set();
for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
  const file = resolve(path);
  const name = basename(entryPoint).replace(/\.ts$/, '.js');
  page = page.replaceAll(`"${name}"`, `"${PUBLIC_PATH}/${basename(file)}"`);
  await writeFile(`${file}.gz`, await promisify(gzip)(await readFile(file), { level: 9 }));
  current.add(basename(file)).add(`${basename(file)}.gz`);
}
await writeFile(join(target, 'page.html'), page);

// Last, so that a server that starts in the meantime finds all assets of its page.
for (const name of await readdir(join(target, 'assets'))) {
  if (!current.has(name)) await rm(join(target, 'assets', name));
}
