import type { FilterNode } from './filter-node.js';

/**
 * Prints a filter so that parsing it returns the same tree: lower-case operators, JSON strings, no redundant
 * parentheses.
 */
export function printFilter(node: FilterNode): string {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.operands.map((operand) => printOperand(operand, node.kind)).join(` ${node.kind} `);
    case 'not':
      return `not (${printFilter(node.operand)})`;
    case 'compare':
      return `${node.path} ${node.operator} ${JSON.stringify(node.value)}`;
    case 'present':
      return `${node.path} pr`;
    case 'element':
      return `${node.path}[${printFilter(node.where)}]`;
  }
}

/**
 * Prints an operand, in parentheses if it is an `or`, or an `and` inside an `and`: the parser would merge it otherwise.
 */
function printOperand(operand: FilterNode, parent: 'and' | 'or'): string {
  const needsParentheses = operand.kind === 'or' || (operand.kind === 'and' && parent === 'and');
  return needsParentheses ? `(${printFilter(operand)})` : printFilter(operand);
}
