import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ManifestError, TrustedDocuments } from '../../../src/graph/operation/trusted-documents.js';
import { buildGraphSchema } from '../../../src/graph/schema.js';
import { Harness, send } from '../harness.js';
import { TRANSPORTS } from './transports.js';

const SLUG = 'query Slug { directory { slug } }';
const NAME = 'query Name($id: ID!) { directory { user(id: $id) { userName } } }';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

let folder: string;
let path: string;
let harness: Harness;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portico-manifest-'));
  path = join(folder, 'persisted-documents.json');
  await writeFile(path, JSON.stringify({ [sha256(SLUG)]: SLUG, name: NAME }));
  harness = await Harness.start({ environment: { PORTICO_TRUSTED_DOCUMENTS: path } });
});

afterAll(async () => {
  await harness.stop();
  await rm(folder, { recursive: true });
});

describe('a server with a list of trusted documents', () => {
  test.each(Object.keys(TRANSPORTS))('executes only those over %s', async (transport) => {
    const { slug, graphqlToken } = harness.directory;
    const ask = (body: object) => TRANSPORTS[transport]!(harness, { ...body }, graphqlToken);
    for (const body of [
      { documentId: sha256(SLUG) },
      { documentId: `sha256:${sha256(SLUG)}` },
      { extensions: { persistedQuery: { version: 1, sha256Hash: sha256(SLUG) } } },
      { query: SLUG },
      { query: SLUG, extensions: { persistedQuery: { version: 1, sha256Hash: sha256(SLUG) } } },
    ]) {
      expect([body, await ask(body)]).toMatchObject([body, { data: { directory: { slug } }, errors: [] }]);
    }
    const named = await ask({ documentId: 'name', operationName: 'Name', variables: { id: 'x' } });
    expect(named.data).toEqual({ directory: { user: null } });
    expect((await ask({ documentId: 'name' })).errors[0].extensions.code).toBe('BAD_USER_INPUT');
    const other = '{ directory { name } }';
    for (const [body, message] of [
      [{ query: other }, 'This server runs only trusted documents: send the `documentId` of one of them'],
      [{ query: `${SLUG} ` }, 'This server runs only trusted documents: send the `documentId` of one of them'],
      [{ documentId: 'x' }, 'No trusted document has the id "x"'],
      [{ documentId: 'constructor' }, 'No trusted document has the id "constructor"'],
      [{ documentId: sha256(other), query: other }, `No trusted document has the id "${sha256(other)}"`],
      [
        { query: other, extensions: { persistedQuery: { version: 1, sha256Hash: sha256(other) } } },
        `No trusted document has the id "${sha256(other)}"`,
      ],
    ] as const) {
      const { data, errors } = await ask(body);
      expect(data).toBeUndefined();
      expect(errors).toEqual([{ message, extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }]);
    }
  });

  test('returns 400 for a request without a document', async () => {
    for (const body of [{}, { documentId: 7 }, { documentId: null }, { extensions: { persistedQuery: null } }]) {
      const { status, errors } = await send(harness.url, harness.directory.graphqlToken, JSON.stringify(body));
      expect([body, status, errors[0].extensions.code]).toEqual([body, 400, 'BAD_REQUEST']);
    }
  });

  test('applies the limits to trusted documents', async () => {
    const strict = await Harness.start({ environment: { PORTICO_TRUSTED_DOCUMENTS: path, PORTICO_MAX_COST: '1' } });
    const body = JSON.stringify({ documentId: 'name', variables: { id: 'x' } });
    const { errors } = await send(strict.url, strict.directory.graphqlToken, body);
    expect(errors[0].extensions.code).toBe('LIMIT_EXCEEDED');
    await strict.stop();
  });

  test.each([
    ['is missing', 'nowhere.json', undefined, /^PORTICO_TRUSTED_DOCUMENTS must name a readable file \(ENOENT\)$/],
    ['has no documents', 'none.json', '[]', /^PORTICO_TRUSTED_DOCUMENTS cannot be used: it contains no documents$/],
  ])('does not start when the file %s', async (_what, name, text, message) => {
    if (text !== undefined) await writeFile(join(folder, name), text);
    await expect(Harness.start({ environment: { PORTICO_TRUSTED_DOCUMENTS: join(folder, name) } })).rejects.toThrow(
      message,
    );
  });
});

test.each(Object.keys(TRANSPORTS))(
  'a server without trusted documents rejects a document id over %s',
  async (transport) => {
    const open = await Harness.start();
    const ask = (body: object) => TRANSPORTS[transport]!(open, { ...body }, open.directory.graphqlToken);
    const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(SLUG) } };
    for (const body of [{ documentId: 'x' }, { extensions }]) {
      expect((await ask(body)).errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_SUPPORTED');
    }
    // The query is not stored: a client that sends both gets an answer, and must continue to send both.
    expect((await ask({ query: SLUG, extensions })).data.directory.slug).toBe(open.directory.slug);
    expect((await ask({ extensions })).errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_SUPPORTED');
    await open.stop();
  },
);

describe('a manifest', () => {
  const schema = buildGraphSchema();

  test.each([
    ['texts by their hashes, as Relay and GraphQL Code Generator write them', { abc: SLUG, d41d: NAME }],
    ['texts by hashes with their prefix', { 'sha256:abc': SLUG, 'sha256:d41d': NAME }],
    [
      "Apollo's",
      {
        format: 'apollo-persisted-query-manifest',
        version: 1,
        operations: [
          { id: 'abc', name: 'Slug', type: 'query', body: SLUG },
          { id: 'd41d', name: 'Name', type: 'query', body: NAME },
        ],
      },
    ],
  ])('may contain %s', (_what, manifest) => {
    const trusted = TrustedDocuments.read(JSON.stringify(manifest), schema);
    expect([trusted.find('abc'), trusted.find('sha256:d41d'), trusted.find('x')]).toEqual([SLUG, NAME, undefined]);
    expect([trusted.has(SLUG), trusted.has(`${SLUG} `)]).toEqual([true, false]);
  });

  test.each([
    ['', 'it is not valid JSON'],
    ['null', 'it contains no documents'],
    ['{}', 'it contains no documents'],
    ['{"operations":[]}', 'it contains no documents'],
    ['{"a":7}', 'it must be a JSON object with ids as keys and GraphQL documents as values'],
    ['{"operations":[{"id":"a"}]}', 'it must be a JSON object with ids as keys and GraphQL documents as values'],
    ['{"a":"{ directory"}', 'the document "a" is not valid: Syntax Error: Expected Name, found <EOF>.'],
    ['{"a":"{ nothing }"}', 'the document "a" is not valid: Cannot query field "nothing" on type "Query".'],
  ])('%s is rejected: %s', (text, message) => {
    const read = (): TrustedDocuments => TrustedDocuments.read(text, schema);
    expect(read).toThrow(ManifestError);
    expect(read).toThrow(message);
  });
});
