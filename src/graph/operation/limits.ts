import { GraphQLError, Kind, Lexer, Source, TokenKind, visit, type DocumentNode } from 'graphql';
import { graphError } from '../errors.js';
import { fragmentsOf, Ruler } from './extent.js';
import { Refusal } from './refusal.js';

/** How large a document may be, whatever it asks for. Hand-written operations are far below, generated ones below. */
const DOCUMENT_LIMITS = {
  /** Names, braces, values and all the rest that a document consists of. */
  tokens: 10_000,
  /** Brackets inside each other, of any kind: parsing is recursive. */
  nesting: 100,
  depth: 12,
  /** Those of a fragment count as often as it is spread. */
  fields: 1_000,
  rootFields: 50,
  aliases: 100,
  directives: 100,
  fragments: 100,
} as const;

type DocumentLimit = keyof typeof DOCUMENT_LIMITS;

/** What is said of a document that is too large; the two numbers follow. */
const WORDS: Readonly<Record<DocumentLimit, (limit: number, asked: number) => string>> = {
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
 * @throws Refusal LIMIT_EXCEEDED
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
    // Parsing comes to the same place, and says what is wrong there.
    if (!(error instanceof GraphQLError)) throw error;
  }
}

const OPENING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/**
 * Refuses a document that is too large. It comes before validation, some of whose rules compare all with all.
 *
 * @throws Refusal LIMIT_EXCEEDED
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
  const ruler = new Ruler(fragments);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { depth, fields, roots } = ruler.measure(definition.selectionSet);
    check('depth', depth);
    check('fields', fields);
    check('rootFields', roots);
  }
}

function check(name: DocumentLimit, asked: number): void {
  const limit = DOCUMENT_LIMITS[name];
  if (asked > limit) throw limitExceeded(WORDS[name](limit, asked), { name, limit, asked });
}

/** What an operation wants more of than it may have. */
interface Excess {
  readonly name: string;
  readonly limit: number;
  readonly asked: number;
}

/** The refusal of an operation that wants too much. */
export function limitExceeded(message: string, excess: Excess, extensions?: Record<string, unknown>): Refusal {
  return new Refusal([graphError('LIMIT_EXCEEDED', message, { limit: excess })], 400, {}, extensions);
}

/** How deep values of variables may be nested. Coercion is recursive; without a limit a body could overflow the stack. */
const MAX_VALUE_DEPTH = 64;

/**
 * Refuses variables whose values are nested deeper than coercion could follow.
 *
 * @throws Refusal BAD_USER_INPUT
 */
export function requireShallow(variables: unknown): void {
  let level: unknown[] = [variables];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_VALUE_DEPTH) {
      throw new Refusal([
        graphError('BAD_USER_INPUT', `Variables must be nested at most ${MAX_VALUE_DEPTH} levels deep`),
      ]);
    }
    level = level.flatMap((value): unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
}
