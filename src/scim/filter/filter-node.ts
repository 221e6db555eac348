import type { ComparisonOperator, Literal } from '../../domain/search/expression.js';

/**
 * The syntax tree of a filter (RFC 7644 §3.4.2.2). Attribute paths are not resolved yet. In
 * `emails[type eq "work"].value eq "x"`, one element must meet both conditions.
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

/** The limits on the size of a filter. Parsing takes linear time. */
export interface FilterLimits {
  /** The length of the filter in UTF-16 code units. */
  readonly length: number;
  /** The nesting of parentheses and brackets. */
  readonly depth: number;
  /** The number of comparisons and `pr` tests. */
  readonly comparisons: number;
}

/** Far above what Entra sends (two comparisons), and small enough to evaluate quickly. */
export const FILTER_LIMITS: FilterLimits = { length: 10_000, depth: 50, comparisons: 200 };
