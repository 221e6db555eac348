import type { Comparison, Expression } from '../../domain/search/expression.js';

/**
 * Resolves a comparison with the URI of a resource. The domain knows a URI only from its endpoint on (`/Users/…`). The
 * Tenant URL in front is the same for all resources, so it is compared here, and the rest is left to the domain: `eq`
 * becomes a comparison of ids.
 *
 * @param comparison a comparison whose path is declared as `derived`
 * @param baseUrl the Tenant URL, with which every URI begins
 * @returns an expression that is true for the resources whose full URI fulfils the comparison
 */
export function resolveUri(comparison: Comparison, baseUrl: string): Expression {
  const { path, operator, value: sought } = comparison;
  // A comparison with null tests for presence.
  if (typeof sought !== 'string') return comparison;
  const rest = sought.startsWith(baseUrl) ? sought.slice(baseUrl.length) : undefined;
  const compared = (value: string, by = operator): Comparison => ({ kind: 'compare', path, operator: by, value });
  const whenever = (holds: boolean): Expression => (holds ? { kind: 'present', path } : NEVER);
  const orAny = (rests: readonly string[], by: 'eq' | 'sw'): Expression =>
    rests.length === 0 ? comparison : { kind: 'or', operands: [comparison, ...rests.map((one) => compared(one, by))] };
  switch (operator) {
    case 'eq':
      return rest === undefined ? NEVER : compared(rest);
    case 'ne':
      return { kind: 'not', operand: resolveUri(compared(sought, 'eq'), baseUrl) };
    case 'sw':
      return rest === undefined ? whenever(baseUrl.startsWith(sought)) : compared(rest);
    case 'ew':
      return orAny(restsAcross(sought, baseUrl), 'eq');
    case 'co':
      return baseUrl.includes(sought) ? whenever(true) : orAny(restsAcross(sought, baseUrl), 'sw');
    // The Tenant URL is ASCII, so that the order of UTF-16 is the code point order in which SQL compares.
    case 'gt':
    case 'ge':
      return rest === undefined ? whenever(baseUrl > sought) : compared(rest);
    case 'lt':
    case 'le':
      return rest === undefined ? whenever(baseUrl < sought) : compared(rest);
  }
}

const NEVER: Expression = { kind: 'constant', value: false };

/**
 * Returns the rest, from a `/` on, for each way in which the beginning of `sought` can match the end of the Tenant URL.
 */
function restsAcross(sought: string, baseUrl: string): string[] {
  const slashes = [...sought.matchAll(/\//g)].map(({ index }) => index);
  return slashes
    .filter((slash) => slash > 0 && slash <= baseUrl.length && baseUrl.endsWith(sought.slice(0, slash)))
    .map((slash) => sought.slice(slash));
}
