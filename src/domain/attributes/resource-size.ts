import { DomainError } from '../kernel/errors.js';
import type { Attributes } from './attributes.js';

/**
 * How large the attributes of one user, group or other resource may become together, as JSON in UTF-8. Each request may
 * add to what is there, so the limits on requests bound nothing. All lists full of e-mail addresses fit, and so do some
 * photos; a page of a hundred such resources is still an answer.
 */
export const MAX_RESOURCE_BYTES = 512 * 1024;

/**
 * Refuses attributes that take more than the limit. Those that took more already, because it was higher once, may change
 * as long as they do not grow.
 *
 * @throws DomainError TOO_MANY
 */
export function assertResourceSize(limit: number, after: Attributes, before?: Attributes): void {
  const size = sizeOf(after);
  if (size <= limit || (before && size <= sizeOf(before))) return;
  throw new DomainError('TOO_MANY', `The attributes would take ${size} bytes, and at most ${limit} are kept`);
}

/** `active` does not count: nobody must be too large to be deactivated, by the one letter that `false` is longer. */
function sizeOf({ active: _active, ...attributes }: Attributes): number {
  return Buffer.byteLength(JSON.stringify(attributes));
}
