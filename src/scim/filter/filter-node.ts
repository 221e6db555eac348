import type { ComparisonOperator, Literal } from '../../domain/search/expression.js';

/**
 * A filter of RFC 7644 §3.4.2.2 as it was written: attribute paths are text that no schema has looked at yet.
 * `emails[type eq "work"].value eq "x"` is the element that is of type work and has the value x.
 */
export type FilterNode =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly operand: FilterNode }
  | {
      readonly kind: 'compare';
      readonly path: string;
      readonly operator: ComparisonOperator;
      readonly value: Literal;
    }
  | { readonly kind: 'present'; readonly path: string }
  | { readonly kind: 'element'; readonly path: string; readonly where: FilterNode };

/** How large a filter may be before it is refused. Reading one takes time in proportion to its length. */
export interface FilterLimits {
  /** UTF-16 code units of the text. */
  readonly length: number;
  /** Parentheses and brackets inside each other. */
  readonly depth: number;
  /** Comparisons and `pr` tests altogether. */
  readonly comparisons: number;
}

/** Far above what Entra sends (two comparisons), far below what would cost anything to answer. */
export const FILTER_LIMITS: FilterLimits = { length: 10_000, depth: 50, comparisons: 200 };
