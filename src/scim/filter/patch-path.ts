import type { Expression } from '../../domain/search/expression.js';
import type { AttributePath } from '../../domain/schema/attribute.js';
import type { ResourceSchema } from '../../domain/schema/resource-schema.js';
import { ScimError } from '../protocol/errors.js';
import { findDeclaredPath } from './attribute-path.js';
import type { FilterLimits } from '../protocol/limits.js';
import { parsePathSyntax } from './parse-filter-syntax.js';
import { findInElement, resolve } from './resolve-filter.js';

/** The target of a PATCH operation. */
export interface PatchPath {
  readonly path: AttributePath;
  /** The filter in the brackets, on sub-attributes of `path.attribute`. */
  readonly where?: Expression;
}

/**
 * Parses and resolves a PATCH path (RFC 7644 §3.5.2, figure 7). As in a filter, names are case-insensitive, may have a
 * URN, and may be names of an extension without one. Unlike in a filter, they must be declared.
 *
 * @param baseUrl as for `parseFilter`
 * @throws ScimError 400 invalidPath, or invalidFilter for an error inside the brackets
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
