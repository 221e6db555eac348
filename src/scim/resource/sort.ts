import type { Sort } from '../../domain/search/list.js';
import { findAttribute, pathName } from '../../domain/schema/attribute.js';
import type { ResourceSchema } from '../../domain/schema/resource-schema.js';
import { ScimError } from '../protocol/errors.js';
import { findDeclaredPath } from '../filter/attribute-path.js';

/**
 * Parses `sortBy` and `sortOrder` (RFC 7644 §3.4.2.3). A complex attribute is sorted by its `value`, if it has one.
 *
 * @throws ScimError 400 invalidPath for an attribute that is not declared or cannot be sorted by, invalidValue for an
 *   order other than `ascending` and `descending`
 */
export function parseSort(query: URLSearchParams, type: ResourceSchema): Sort | undefined {
  const sortBy = query.get('sortBy');
  if (sortBy === null || sortBy === '') return undefined;
  const found = findDeclaredPath(sortBy, type);
  if (!found) throw new ScimError(400, `sortBy: ${type.name} has no attribute ${sortBy.slice(0, 200)}`, 'invalidPath');
  const value = found.subAttribute ? undefined : findAttribute(found.attribute.subAttributes, 'value');
  const path = value ? { ...found, subAttribute: value } : found;
  if ((path.subAttribute ?? path.attribute).type === 'complex') {
    throw new ScimError(400, `sortBy: ${pathName(path)} is complex; name one of its sub-attributes`, 'invalidPath');
  }
  if (path.attribute.returned === 'never' || path.subAttribute?.returned === 'never') {
    throw new ScimError(400, `sortBy: ${pathName(path)} is never returned and cannot be used to sort`, 'invalidPath');
  }
  return { path, descending: isDescending(query.get('sortOrder')) };
}

function isDescending(order: string | null): boolean {
  switch (order?.toLowerCase()) {
    case undefined:
    case '':
    case 'ascending':
      return false;
    case 'descending':
      return true;
    default:
      throw new ScimError(400, 'sortOrder must be ascending or descending', 'invalidValue');
  }
}
