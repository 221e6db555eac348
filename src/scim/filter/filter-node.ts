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
