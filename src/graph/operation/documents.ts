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

/** A tree takes about seventy bytes for each character of its text, so this many cost some 70 MB at the most. */
const BOUNDS = { entries: 1_000, weight: 1_000_000 };

/** Parses and validates documents, each once: those that are used again are remembered, good and bad alike. */
export class Documents {
  readonly #known = new LruCache<string, DocumentNode | RequestError>(BOUNDS);
  readonly #rules;

  constructor(
    private readonly schema: GraphQLSchema,
    { introspection }: { readonly introspection: boolean },
  ) {
    this.#rules = [...specifiedRules, ...(introspection ? [] : [NoSchemaIntrospectionCustomRule])];
  }

  /**
   * The tree of a document that is valid and within the limits.
   *
   * @throws Refusal LIMIT_EXCEEDED, GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED
   */
  get(text: string): DocumentNode {
    let document = this.#known.get(text);
    if (!document) {
      document = this.#read(text);
      this.#known.set(text, document, text.length);
    }
    if (document instanceof RequestError) throw document;
    return document;
  }

  #read(text: string): DocumentNode | RequestError {
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

/** The error with a code, unless it has one already. */
export function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes = null, source = null, positions = null } = error;
  return new GraphQLError(message, { nodes, source, positions, extensions: { code, ...error.extensions } });
}
