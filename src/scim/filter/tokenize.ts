import { ScimError } from '../protocol/errors.js';

/** A token of a filter with its position. A word is an attribute path, an operator, a keyword or an unquoted value. */
export type Token = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: '(' | ')' | '[' | ']' | 'end' }
);

const SPACE = /\s+/y;
const WORD = /[^\s"()[\]]+/y;

/**
 * Splits a filter or PATCH path into tokens, the last of which is `end`. Strings are JSON strings (RFC 7644 §3.4.2.2)
 * and are decoded. Takes linear time.
 *
 * @throws ScimError 400 invalidFilter for a string that is not terminated, is no JSON, or contains NUL or a lone
 *   surrogate
 */
export function tokenize(text: string): Token[] {
  refuseUnfitText(text, 0);
  const tokens: Token[] = [];
  let start = 0;
  while (start < text.length) {
    const spaceEnd = endOf(SPACE, text, start);
    if (spaceEnd !== undefined) {
      start = spaceEnd;
      continue;
    }
    const token = readToken(text, start);
    tokens.push(token);
    start = token.end;
  }
  tokens.push({ kind: 'end', start, end: start });
  return tokens;
}

function readToken(text: string, start: number): Token {
  const first = text.charAt(start);
  if (first === '(' || first === ')' || first === '[' || first === ']') return { kind: first, start, end: start + 1 };
  if (first === '"') {
    const end = endOfString(text, start);
    return { kind: 'string', value: decodeString(text.slice(start, end), start), start, end };
  }
  const end = endOf(WORD, text, start) ?? start + 1;
  return { kind: 'word', text: text.slice(start, end), start, end };
}

function endOf(pattern: RegExp, text: string, start: number): number | undefined {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === '"') return index + 1;
    if (character === '\\') index++;
  }
  throw invalidFilter('the string is not terminated', start);
}

function decodeString(json: string, start: number): string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw invalidFilter('the string is not valid JSON', start, error);
  }
  // Valid JSON between two quotation marks is a string.
  const text = value as string;
  refuseUnfitText(text, start);
  return text;
}

/**
 * Refuses NUL and lone surrogates: no attribute can contain them (see `parseValue`), and PostgreSQL would raise an
 * error.
 */
function refuseUnfitText(text: string, start: number): void {
  if (text.includes('\0') || !text.isWellFormed())
    throw invalidFilter('a filter must not contain NUL or an unpaired surrogate', start);
}

/** Creates the error for a filter, with the position of the problem, counted from 1. */
export function invalidFilter(reason: string, start: number, cause?: unknown): ScimError {
  const detail = `The filter is invalid at character ${start + 1}: ${reason}`;
  return new ScimError(400, detail, 'invalidFilter', cause === undefined ? {} : { cause });
}
