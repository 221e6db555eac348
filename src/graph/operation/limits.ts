import { GraphQLError, Kind, Lexer, Source, TokenKind, visit, type DocumentNode } from 'graphql';
import { graphError } from '../kernel/errors.js';
import { fragmentsOf, SelectionMeasurer } from './measure-selection.js';
import { RequestError } from './request-error.js';

/** The limits on the size of a document, independent of its cost. Hand-written operations are far smaller. */
const DOCUMENT_LIMITS = {
  /** Lexical tokens: names, braces, values and so on. */
  tokens: 10_000,
  /** Nested brackets of any kind: parsing is recursive. */
  nesting: 100,
  depth: 12,
  /** The fields of a fragment count once for each spread. */
  fields: 1_000,
  rootFields: 50,
  aliases: 100,
  directives: 100,
  fragments: 100,
} as const;

type DocumentLimit = keyof typeof DOCUMENT_LIMITS;

/** The error messages, from the limit and the actual number. */
const MESSAGES: Readonly<Record<DocumentLimit, (limit: number, asked: number) => string>> = {
  tokens: (limit) => `A document must have at most ${limit} tokens; this one has more`,
  nesting: (limit) => `Brackets must be nested at most ${limit} levels deep; in this document they are nested deeper`,
  depth: (limit, asked) => `An operation must be at most ${limit} fields deep; this one is ${asked} fields deep`,
  fields: (limit, asked) =>
    `An operation must select at most ${limit} fields, including those of its fragments; this one selects ${asked}`,
  rootFields: (limit, asked) => `An operation must have at most ${limit} root fields; this one has ${asked}`,
  aliases: (limit, asked) => `A document must have at most ${limit} aliases; this one has ${asked}`,
  directives: (limit, asked) => `A document must have at most ${limit} directives; this one has ${asked}`,
  fragments: (limit, asked) => `A document must have at most ${limit} fragments; this one has ${asked}`,
};

/**
 * Refuses a text that is too long or too deeply nested to be parsed.
 *
 * @throws RequestError LIMIT_EXCEEDED
 */
export function checkText(text: string): void {
  const lexer = new Lexer(new Source(text));
  let nesting = 0;
  try {
    for (let tokens = 1; lexer.advance().kind !== TokenKind.EOF; tokens++) {
      if (OPENING.has(lexer.token.kind)) nesting++;
      if (CLOSING.has(lexer.token.kind)) nesting--;
      check('tokens', tokens);
      check('nesting', nesting);
    }
  } catch (error) {
    // Parsing fails at the same position, with a better message.
    if (!(error instanceof GraphQLError)) throw error;
  }
}

const OPENING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/**
 * Refuses a document that is too large. To be called before validation, some of whose rules take quadratic time.
 *
 * @throws RequestError LIMIT_EXCEEDED
 */
export function checkDocument(document: DocumentNode): void {
  const fragments = fragmentsOf(document);
  check('fragments', fragments.size);
  let aliases = 0;
  let directives = 0;
  visit(document, {
    Field: ({ alias }) => {
      if (alias) aliases++;
    },
    Directive: () => {
      directives++;
    },
  });
  check('aliases', aliases);
  check('directives', directives);
  const measurer = new SelectionMeasurer(fragments);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { depth, fields, roots } = measurer.measure(definition.selectionSet);
    check('depth', depth);
    check('fields', fields);
    check('rootFields', roots);
  }
}

function check(name: DocumentLimit, asked: number): void {
  const limit = DOCUMENT_LIMITS[name];
  if (asked > limit) throw limitExceeded(MESSAGES[name](limit, asked), { name, limit, asked });
}

/** A limit that an operation exceeds. */
interface ExceededLimit {
  readonly name: string;
  readonly limit: number;
  readonly asked: number;
}

/** The error of an operation that exceeds a limit. */
export function limitExceeded(
  message: string,
  exceeded: ExceededLimit,
  extensions?: Record<string, unknown>,
): RequestError {
  return new RequestError([graphError('LIMIT_EXCEEDED', message, { limit: exceeded })], 400, {}, extensions);
}

/** The maximum nesting of variable values. Coercion is recursive, so without a limit a body could overflow the stack. */
const MAX_VALUE_DEPTH = 64;

/**
 * Refuses variables whose values are too deeply nested to be coerced.
 *
 * @throws RequestError BAD_USER_INPUT
 */
export function requireShallow(variables: unknown): void {
  let level: unknown[] = [variables];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_VALUE_DEPTH) {
      throw new RequestError([
        graphError('BAD_USER_INPUT', `Variables must be nested at most ${MAX_VALUE_DEPTH} levels deep`),
      ]);
    }
    level = level.flatMap((value): unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
}
