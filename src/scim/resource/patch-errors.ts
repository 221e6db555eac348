import { DomainError } from '../../domain/kernel/errors.js';
import { pathName } from '../../domain/schema/attribute.js';
import type { AttributeOperation } from '../../domain/attributes/attribute-operation.js';
import { ScimError } from '../protocol/errors.js';

/**
 * Converts the error for a missing required attribute. RFC 7644 §3.5.2.2 requires `mutability` if a PATCH removes it,
 * and `invalidValue` if it sets an empty value. The domain validates only the final result and cannot distinguish the
 * two.
 *
 * @returns the error to throw
 */
export function assertRequiredNotRemoved(error: unknown, operations: readonly AttributeOperation[]): unknown {
  if (!(error instanceof DomainError) || error.code !== 'REQUIRED') return error;
  const removed = operations.some(
    ({ op, path }) => op === 'remove' && [path.attribute.name, pathName(path), path.urn].includes(error.path ?? ''),
  );
  return removed
    ? new ScimError(400, `${error.path ?? 'The attribute'} is required and cannot be removed`, 'mutability')
    : error;
}
