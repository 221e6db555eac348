import type { Expression } from '../../domain/search/expression.js';
import type { ResourceSchema } from '../../domain/schema/resource-schema.js';
import type { FilterLimits } from '../protocol/limits.js';
import { parseFilterSyntax } from './parse-filter-syntax.js';
import { resolveFilter } from './resolve-filter.js';

/**
 * Parses the `filter` parameter into an expression of the domain.
 *
 * @param baseUrl the Tenant URL, with which the URIs of resources begin; by default they begin with their endpoint
 * @throws ScimError 400 invalidFilter, see `parseFilterSyntax` and `resolveFilter`
 */
export function parseFilter(text: string, resource: ResourceSchema, limits?: FilterLimits, baseUrl = ''): Expression {
  return resolveFilter(parseFilterSyntax(text, limits), resource, baseUrl);
}
