import type { Expression } from '../../domain/expression.js';
import type { AttributePath } from '../../domain/schema/attribute.js';
import type { ResourceSchema } from '../../domain/schema/resource-schema.js';
import { ScimError } from '../errors.js';
import { findDeclaredPath } from './attribute-path.js';
import type { FilterLimits } from './filter-node.js';
import { parsePathSyntax } from './parse-filter-syntax.js';
import { findInElement, resolve } from './resolve-filter.js';

/** What a PATCH operation aims at. */
export interface PatchPath {
  readonly path: AttributePath;
  /** The filter in the brackets; its paths are sub-attributes of `path.attribute`. */
  readonly where?: Expression;
}

/**
 * Parses a PATCH path (RFC 7644 §3.5.2, figure 7) and resolves it, with the same freedoms as a filter: any case, URNs,
 * bare names of an extension. Unlike a filter, a path must name what is declared.
 *
 * @param baseUrl as for `parseFilter`
 * @throws ScimError 400 invalidPath, or invalidFilter for what is wrong inside the brackets
 */
export function parsePatchPath(text: string, resource: ResourceSchema, limits?: FilterLimits, baseUrl = ''): PatchPath {
  const syntax = parsePathSyntax(text, limits);
  const path = findDeclaredPath(syntax.path, resource);
  if (!path) throw unknown(text, resource);
  if (!syntax.where) return { path };
  if (!path.attribute.multiValued || path.subAttribute) {
    throw new ScimError(400, `${text} has a filter, but its attribute is not multi-valued`, 'invalidPath');
  }
  const findOrRefuse = (name: string): AttributePath => {
    const found = findInElement(path, name);
    if (!found) throw unknown(text, resource);
    return found;
  };
  const where = resolve(syntax.where, { find: findOrRefuse, baseUrl });
  return { path: syntax.subAttribute === undefined ? path : findOrRefuse(syntax.subAttribute), where };
}

function unknown(text: string, resource: ResourceSchema): ScimError {
  return new ScimError(400, `${resource.name} has no attribute ${text.slice(0, 200)}`, 'invalidPath');
}
