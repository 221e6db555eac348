import { DomainError } from '../../domain/errors.js';
import { pathName } from '../../domain/schema/attribute.js';
import type { AttributeOperation } from '../../domain/schema/attribute-operation.js';
import { ScimError } from '../errors.js';

/**
 * RFC 7644 §3.5.2.2: removing a required attribute is an error of `mutability`, while setting it to nothing is one of its
 * value. The domain, which checks after the whole PATCH, only knows that it is missing.
 *
 * @returns the error to throw
 */
export function refuseRemovalOfRequired(error: unknown, operations: readonly AttributeOperation[]): unknown {
  if (!(error instanceof DomainError) || error.code !== 'REQUIRED') return error;
  const removed = operations.some(
    ({ op, path }) => op === 'remove' && [path.attribute.name, pathName(path), path.urn].includes(error.path ?? ''),
  );
  return removed
    ? new ScimError(400, `${error.path ?? 'The attribute'} is required and cannot be removed`, 'mutability')
    : error;
}
