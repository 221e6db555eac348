/**
 * Generates the typed operations of the example from schema.graphql, as its own `npm run generate` does: part of
 * `npm run schema:print`. With `--check`, writes nothing and exits with 1 when the committed file differs from the generated
 * one. An invalid operation is an error in both cases.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import { parse } from 'graphql';

const PLUGINS = { 'typescript-operations': typescriptOperations, 'typed-document-node': typedDocumentNode };

const folder = resolve(import.meta.dirname, '../examples/directory-mirror');
const { default: settings } = await import(join(folder, 'codegen.mjs'));
const check = process.argv.includes('--check');

const read = (path) => readFile(join(folder, path), 'utf8');
const [[filename, { plugins, config }]] = Object.entries(settings.generates);
const generated = await codegen({
  filename,
  schema: parse(await read(settings.schema)),
  documents: [{ location: settings.documents, document: parse(await read(settings.documents)) }],
  config,
  plugins: plugins.map((name) => ({ [name]: {} })),
  pluginMap: PLUGINS,
});

if (!check) await writeFile(join(folder, filename), generated);
else if ((await read(filename)) !== generated) {
  process.stdout.write(`${join(folder, filename)} differs from what its operations and schema.graphql generate.\n`);
  process.stdout.write('Run npm run schema:print, and check that the example still works.\n');
  process.exitCode = 1;
}
