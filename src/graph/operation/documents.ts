import {
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { LruCache } from './lru-cache.js';
import { checkDocument, checkText } from './limits.js';
import { RequestError } from './request-error.js';

/** A syntax tree takes about 70 bytes for each character of its text, so the cache takes 70 MB at most. */
const LIMITS = { entries: 1_000, weight: 1_000_000 };

/** Parses and validates documents, and caches the result: the syntax tree, or the error of an invalid document. */
export class Documents {
  readonly #cache = new LruCache<string, DocumentNode | RequestError>(LIMITS);
  readonly #rules;

  constructor(
    private readonly schema: GraphQLSchema,
    { introspection }: { readonly introspection: boolean },
  ) {
    this.#rules = [...specifiedRules, ...(introspection ? [] : [NoSchemaIntrospectionCustomRule])];
  }

  /**
   * The syntax tree of a document that is valid and within the limits.
   *
   * @throws RequestError LIMIT_EXCEEDED, GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED
   */
  get(text: string): DocumentNode {
    let document = this.#cache.get(text);
    if (!document) {
      document = this.#parse(text);
      this.#cache.set(text, document, text.length);
    }
    if (document instanceof RequestError) throw document;
    return document;
  }

  #parse(text: string): DocumentNode | RequestError {
    try {
      checkText(text);
      const document = parse(text);
      checkDocument(document);
      const errors = validate(this.schema, document, this.#rules);
      if (errors.length === 0) return document;
      return new RequestError(errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')));
    } catch (error) {
      if (error instanceof RequestError) return error;
      if (error instanceof GraphQLError) return new RequestError([withCode(error, 'GRAPHQL_PARSE_FAILED')]);
      throw error;
    }
  }
}

/** Adds a code to an error that has none. */
export function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes = null, source = null, positions = null } = error;
  return new GraphQLError(message, { nodes, source, positions, extensions: { code, ...error.extensions } });
}
