import type { Comparison, Expression } from '../../domain/search/expression.js';

/**
 * Compares the URI of a resource with what a client sent. The domain knows such a URI only from its endpoint on
 * (`/Users/…`); what stands before it is the same for all, so that much of the comparison is decided here, and the rest
 * is asked of the domain: `eq` ends as the equality of an id.
 *
 * @param comparison its path is declared as `derived`
 * @param baseUrl what every URI begins with, the Tenant URL
 * @returns an expression that holds for just those whose URI, as they are shown, fulfils the comparison
 */
export function resolveUri(comparison: Comparison, baseUrl: string): Expression {
  const { path, operator, value: sought } = comparison;
  // `null` asks whether there is any.
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
    // The base is ASCII, and by that alone the order of UTF-16 is that of code points, in which SQL compares.
    case 'gt':
    case 'ge':
      return rest === undefined ? whenever(baseUrl > sought) : compared(rest);
    case 'lt':
    case 'le':
      return rest === undefined ? whenever(baseUrl < sought) : compared(rest);
  }
}

const NEVER: Expression = { kind: 'constant', value: false };

/** Of a text whose front is the end of the base, in every way in which it can be: the rest, which begins with `/`. */
function restsAcross(sought: string, baseUrl: string): string[] {
  const slashes = [...sought.matchAll(/\//g)].map(({ index }) => index);
  return slashes
    .filter((slash) => slash > 0 && slash <= baseUrl.length && baseUrl.endsWith(sought.slice(0, slash)))
    .map((slash) => sought.slice(slash));
}
