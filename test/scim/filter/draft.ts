import type { AttributePath } from '../../../src/domain/schema/attribute.js';
import type { Filter, Literal } from './filter-oracle.js';
import type { Draft, Fact, Named } from './random-filters.js';
import { vocabularyWithin, type Vocabulary } from './vocabulary.js';

/** Returns the value of a fact; all of them are text. */
export type FactFinder = (fact: Fact) => string;

/** Resolves a draft with the words of a vocabulary. */
export function toFilter(draft: Draft, words: Vocabulary, find: FactFinder): Filter {
  switch (draft.kind) {
    case 'and':
    case 'or':
      return { kind: draft.kind, operands: draft.operands.map((operand) => toFilter(operand, words, find)) };
    case 'not':
      return { kind: 'not', operand: toFilter(draft.operand, words, find) };
    case 'parentheses':
      return toFilter(draft.operand, words, find);
    case 'present':
      return { kind: 'present', path: meaning(draft.named, words) };
    case 'compare': {
      const { operator, value } = draft;
      return { kind: 'compare', path: meaning(draft.named, words), operator, value: settled(value, find) };
    }
    case 'element': {
      const path = meaning(draft.named, words);
      const inner = vocabularyWithin(path);
      const where = toFilter(draft.where, inner, find);
      const both = draft.then ? { kind: 'and' as const, operands: [where, toFilter(draft.then, inner, find)] } : where;
      return { kind: 'element', path, where: both };
    }
  }
}

function meaning({ text }: Named, words: Vocabulary): AttributePath | undefined {
  return words.get(text.toLowerCase());
}

/** Prints a draft, with operators and keywords in any case, random spaces, and literals in one of their notations. */
export function toText(draft: Draft, find: FactFinder): string {
  switch (draft.kind) {
    case 'and':
    case 'or': {
      const operands = draft.operands.map((operand) => {
        const text = toText(operand, find);
        return operand.kind === 'or' && draft.kind === 'and' ? `(${text})` : text;
      });
      return operands.join(` ${spelled(draft.kind, draft.spelling)} `);
    }
    case 'not':
      return `${spelled('not', draft.spelling)}${draft.spelling > 3 ? ' ' : ''}(${toText(draft.operand, find)})`;
    case 'parentheses':
      return `( ${toText(draft.operand, find)} )`;
    case 'present':
      return `${draft.named.text} ${spelled('pr', draft.spelling)}`;
    case 'compare': {
      const literal = toLiteral(settled(draft.value, find), draft.style);
      return `${draft.named.text}${' '.repeat(1 + (draft.spelling % 2))}${spelled(draft.operator, draft.spelling)} ${literal}`;
    }
    case 'element': {
      const text = `${draft.named.text}[${toText(draft.where, find)}]`;
      return draft.then ? `${text}.${toText(draft.then, find)}` : text;
    }
  }
}

function settled(value: Literal | Fact, find: FactFinder): Literal {
  return typeof value === 'object' && value !== null ? find(value) : value;
}

function spelled(word: string, spelling: number): string {
  return spelling === 1 ? word.toUpperCase() : spelling === 2 ? word.charAt(0).toUpperCase() + word.slice(1) : word;
}

function toLiteral(value: Literal, style: Extract<Draft, { kind: 'compare' }>['style']): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  // A word of letters that is not another literal may be unquoted, as in a sample of Entra's.
  if (style === 'bare' && /^[a-z]{2,}$/i.test(value) && !/^(true|false|null|and|or|not)$/i.test(value)) return value;
  if (style !== 'escaped') return JSON.stringify(value);
  const units = Array.from({ length: value.length }, (_, index) => value.charCodeAt(index));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
}
