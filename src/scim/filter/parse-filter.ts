import type { Expression } from '../../domain/search/expression.js';
import type { ResourceSchema } from '../../domain/schema/resource-schema.js';
import type { FilterLimits } from '../protocol/limits.js';
import { parseFilterSyntax } from './parse-filter-syntax.js';
import { resolveFilter } from './resolve-filter.js';

/**
 * Turns the text of a `filter` parameter into the search tree of the domain.
 *
 * @param baseUrl the Tenant URL, which URIs of resources begin with; left out, they begin with their endpoint
 * @throws ScimError 400 invalidFilter of `parseFilterSyntax` and `resolveFilter`
 */
export function parseFilter(text: string, resource: ResourceSchema, limits?: FilterLimits, baseUrl = ''): Expression {
  return resolveFilter(parseFilterSyntax(text, limits), resource, baseUrl);
}
