import type { ComparisonOperator, Literal } from '../../domain/search/expression.js';
import { ScimError } from '../protocol/errors.js';
import { FILTER_LIMITS, type FilterLimits } from '../protocol/limits.js';
import type { FilterNode } from './filter-node.js';
import { invalidFilter, tokenize, type Token } from './tokenize.js';

/** The parts of a PATCH path (RFC 7644 §3.5.2, figure 7): `emails[type eq "work"].value`. */
export interface PathSyntax {
  readonly path: string;
  readonly where?: FilterNode;
  /**
   * The name after the brackets. Without brackets, dots belong to `path`, because only a schema tells where a name
   * ends.
   */
  readonly subAttribute?: string;
}

/** ATTRNAME of RFC 7644 §3.4.2.2, extended by dots, hyphens and underscores in names and by a URN in front. */
const ATTRIBUTE_PATH = /^(?:urn:[^\s"()[\]]+:)?[a-z_$][\w$-]*(?:\.[\w$-]+)*$/i;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i;
const BARE_STRING = /^[^'\\]+$/;
const KEYWORDS = new Set(['and', 'or', 'not']);
const OPERATORS: ReadonlyMap<string, ComparisonOperator> = new Map(
  (['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const).map((operator) => [operator, operator]),
);

/**
 * Parses a filter (RFC 7644 §3.4.2.2). Operators and keywords are case-insensitive; `not` takes precedence over `and`,
 * and `and` over `or`. An unquoted value that is no literal is read as a string, because one of Entra's samples has
 * `externalId eq jyoung`.
 *
 * @throws ScimError 400 invalidFilter, also if a limit is exceeded
 */
export function parseFilterSyntax(text: string, limits: FilterLimits = FILTER_LIMITS): FilterNode {
  if (text.length > limits.length) {
    throw new ScimError(400, `The filter must be at most ${limits.length} characters long`, 'invalidFilter');
  }
  return new FilterParser(tokenize(text), limits).wholeFilter();
}

/**
 * Parses a PATCH path with the same grammar.
 *
 * @throws ScimError 400 invalidPath, or invalidFilter for an error inside the brackets (RFC 7644 §3.12)
 */
export function parsePathSyntax(text: string, limits: FilterLimits = FILTER_LIMITS): PathSyntax {
  if (text.length > limits.length) throw invalidPath(`it must be at most ${limits.length} characters long`);
  if (text.includes('[')) return new FilterParser(tokenize(text), limits).wholePath();
  if (!ATTRIBUTE_PATH.test(text)) throw invalidPath('expected the name of an attribute');
  return { path: text };
}

function invalidPath(reason: string): ScimError {
  return new ScimError(400, `The path is invalid: ${reason}`, 'invalidPath');
}

/** A recursive-descent parser. The depth limit bounds the recursion, so that no filter can exhaust the stack. */
class FilterParser {
  #next = 0;
  #depth = 0;
  #comparisons = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly limits: FilterLimits,
  ) {}

  wholeFilter(): FilterNode {
    const filter = this.#or(false);
    if (this.#peek().kind !== 'end') throw this.#fault('expected "and", "or" or the end of the filter');
    return filter;
  }

  wholePath(): PathSyntax {
    const path = this.#take();
    if (path.kind !== 'word' || !ATTRIBUTE_PATH.test(path.text)) throw invalidPath('expected the name of an attribute');
    if (this.#peek().kind !== '[') throw invalidPath('expected "[" after the attribute');
    const where = this.#brackets(() => invalidPath('expected "]"'));
    const subAttribute = this.#subAttribute();
    if (this.#peek().kind !== 'end') throw invalidPath('unexpected text after its end');
    return { path: path.text, where, ...(subAttribute !== undefined && { subAttribute }) };
  }

  #or(inElement: boolean): FilterNode {
    return this.#chain('or', () => this.#chain('and', () => this.#factor(inElement)));
  }

  #chain(keyword: 'and' | 'or', operand: () => FilterNode): FilterNode {
    const first = operand();
    if (!this.#atKeyword(keyword)) return first;
    const operands = [first];
    while (this.#atKeyword(keyword)) {
      this.#take();
      operands.push(operand());
    }
    return { kind: keyword, operands };
  }

  #factor(inElement: boolean): FilterNode {
    if (this.#peek().kind === '(') return this.#parentheses(inElement);
    if (this.#atKeyword('not')) {
      this.#take();
      if (this.#peek().kind !== '(') throw this.#fault('expected "(" after "not"');
      return { kind: 'not', operand: this.#parentheses(inElement) };
    }
    const token = this.#peek();
    if (token.kind !== 'word' || KEYWORDS.has(token.text.toLowerCase()) || !ATTRIBUTE_PATH.test(token.text)) {
      throw this.#fault('expected an attribute');
    }
    this.#take();
    if (this.#peek().kind !== '[') return this.#test(token.text);
    if (inElement) throw this.#fault('brackets must not be nested');
    return this.#element(token.text);
  }

  #parentheses(inElement: boolean): FilterNode {
    this.#descend();
    this.#take();
    const inner = this.#or(inElement);
    if (this.#peek().kind !== ')') throw this.#fault('expected ")"');
    this.#take();
    this.#depth--;
    return inner;
  }

  #element(path: string): FilterNode {
    const where = this.#brackets(() => this.#fault('expected "]"'));
    const subAttribute = this.#subAttribute();
    if (subAttribute === undefined) return { kind: 'element', path, where };
    return { kind: 'element', path, where: { kind: 'and', operands: [where, this.#test(subAttribute)] } };
  }

  #brackets(missing: () => ScimError): FilterNode {
    this.#descend();
    this.#take();
    const where = this.#or(true);
    if (this.#peek().kind !== ']') throw missing();
    this.#take();
    this.#depth--;
    return where;
  }

  /** Reads `.value` directly after the brackets. */
  #subAttribute(): string | undefined {
    const token = this.#peek();
    if (token.kind !== 'word' || !token.text.startsWith('.') || token.start !== this.tokens[this.#next - 1]?.end) {
      return undefined;
    }
    const name = token.text.slice(1);
    if (!ATTRIBUTE_PATH.test(name)) throw this.#fault('expected a sub-attribute after the dot');
    this.#take();
    return name;
  }

  #test(path: string): FilterNode {
    if (++this.#comparisons > this.limits.comparisons) {
      throw this.#fault(`a filter must have at most ${this.limits.comparisons} comparisons`);
    }
    const token = this.#peek();
    const word = token.kind === 'word' ? token.text.toLowerCase() : '';
    if (word === 'pr') {
      this.#take();
      return { kind: 'present', path };
    }
    const operator = OPERATORS.get(word);
    if (!operator) throw this.#fault('expected an operator');
    this.#take();
    return { kind: 'compare', path, operator, value: this.#literal() };
  }

  #literal(): Literal {
    const token = this.#peek();
    if (token.kind !== 'word' && token.kind !== 'string') throw this.#fault('expected a value');
    const value = token.kind === 'string' ? token.value : this.#bareLiteral(token.text);
    this.#take();
    return value;
  }

  #bareLiteral(text: string): Literal {
    const lower = text.toLowerCase();
    if (lower === 'null') return null;
    if (lower === 'true' || lower === 'false') return lower === 'true';
    if (NUMBER.test(text)) {
      const number = Number(text);
      if (!Number.isFinite(number)) throw this.#fault('the number is too large');
      return number;
    }
    if (KEYWORDS.has(lower) || !BARE_STRING.test(text)) throw this.#fault('expected a value');
    return text;
  }

  #peek(): Token {
    const token = this.tokens[this.#next];
    if (!token) throw new Error('The end of a filter was taken, which #take never does');
    return token;
  }

  #take(): Token {
    const token = this.#peek();
    if (token.kind !== 'end') this.#next++;
    return token;
  }

  #atKeyword(keyword: string): boolean {
    const token = this.#peek();
    return token.kind === 'word' && token.text.toLowerCase() === keyword;
  }

  #descend(): void {
    if (++this.#depth > this.limits.depth)
      throw this.#fault(`a filter must be nested at most ${this.limits.depth} levels deep`);
  }

  #fault(reason: string): ScimError {
    return invalidFilter(reason, this.#peek().start);
  }
}
