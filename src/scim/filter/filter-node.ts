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
