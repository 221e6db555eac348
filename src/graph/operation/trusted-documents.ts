import { GraphQLError, parse, validate, type GraphQLSchema } from 'graphql';
import { graphError } from '../kernel/errors.js';
import type { OperationRequest } from './operation.js';
import { RequestError } from './request-error.js';

/** An invalid manifest of trusted documents. The one-line message names the document at fault. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/**
 * The list of the only documents that may be executed. A client sends the ID of one (GraphQL over HTTP, "Persisted
 * Documents"), or its exact text.
 */
export class TrustedDocuments {
  readonly #byId: ReadonlyMap<string, string>;
  readonly #texts: ReadonlySet<string>;

  private constructor(documents: ReadonlyMap<string, string>) {
    this.#byId = documents;
    this.#texts = new Set(documents.values());
  }

  /**
   * Reads a manifest: a JSON object of texts by ID, as written by Relay and GraphQL Code Generator, or Apollo's format with a
   * list of `operations`. IDs are usually SHA-256 hashes, but any string is accepted.
   *
   * @throws ManifestError for a malformed manifest, and for the first document that is not valid for the schema
   */
  static read(manifest: string, schema: GraphQLSchema): TrustedDocuments {
    const documents = parseManifest(manifest);
    for (const [id, text] of documents) requireValid(id, text, schema);
    return new TrustedDocuments(documents);
  }

  get size(): number {
    return this.#byId.size;
  }

  /** The text of a document by its ID. */
  find(id: string): string | undefined {
    return this.#byId.get(id.replace(SHA256, ''));
  }

  /** Whether a text is exactly that of a trusted document. */
  has(text: string): boolean {
    return this.#texts.has(text);
  }
}

/**
 * The text of the document of a request.
 *
 * @param trusted the only documents that may be executed; any document if undefined
 * @throws RequestError DOCUMENT_NOT_TRUSTED; PERSISTED_QUERY_NOT_SUPPORTED for an ID without a list
 */
export function textOf(request: OperationRequest, trusted: TrustedDocuments | undefined): string {
  const { query = '' } = request;
  const id = documentIdOf(request);
  if (!trusted) {
    if (query !== '' || id === undefined) return query;
    const message = 'This server has no trusted documents: send the document itself in `query`';
    throw new RequestError([graphError('PERSISTED_QUERY_NOT_SUPPORTED', message)]);
  }
  const text = id === undefined ? query : trusted.find(id);
  if (text !== undefined && trusted.has(text)) return text;
  const message =
    id === undefined
      ? 'This server runs only trusted documents: send the `documentId` of one of them'
      : `No trusted document has the id ${JSON.stringify(id)}`;
  throw new RequestError([graphError('DOCUMENT_NOT_TRUSTED', message)]);
}

/** The document ID of a request, in the standard or in Apollo's form. */
export function documentIdOf({ documentId, extensions }: OperationRequest): string | undefined {
  if (typeof documentId === 'string') return documentId;
  const { persistedQuery } = (extensions ?? {}) as {
    readonly persistedQuery?: { readonly sha256Hash?: unknown } | null;
  };
  return typeof persistedQuery?.sha256Hash === 'string' ? persistedQuery.sha256Hash : undefined;
}

/** The prefix that names the hash of an ID. Manifests omit it. */
const SHA256 = /^sha256:/;

function parseManifest(text: string): ReadonlyMap<string, string> {
  const manifest = parseJson(text);
  const entries: Array<[unknown, unknown]> = isApollo(manifest)
    ? manifest.operations.map(({ id, body }) => [id, body])
    : Object.entries(typeof manifest === 'object' && manifest !== null && !Array.isArray(manifest) ? manifest : {});
  const documents = entries.map(([id, document]): [string, string] => {
    if (typeof id === 'string' && typeof document === 'string') return [id.replace(SHA256, ''), document];
    throw new ManifestError('it must be a JSON object with ids as keys and GraphQL documents as values');
  });
  if (documents.length === 0) throw new ManifestError('it contains no documents');
  return new Map(documents);
}

interface ApolloManifest {
  readonly operations: ReadonlyArray<{ readonly id?: unknown; readonly body?: unknown }>;
}

function isApollo(manifest: unknown): manifest is ApolloManifest {
  return (
    typeof manifest === 'object' && manifest !== null && 'operations' in manifest && Array.isArray(manifest.operations)
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) throw new ManifestError('it is not valid JSON', { cause: error });
    throw error;
  }
}

function requireValid(id: string, text: string, schema: GraphQLSchema): void {
  const [error] = validateText(text, schema);
  if (error) throw new ManifestError(`the document ${JSON.stringify(id)} is not valid: ${error.message}`);
}

function validateText(text: string, schema: GraphQLSchema): readonly GraphQLError[] {
  try {
    return validate(schema, parse(text));
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}
