import { DomainError } from '../kernel/errors.js';
import type { Attributes } from './attributes.js';

/**
 * The maximum size of all attributes of one resource, as JSON in UTF-8. Repeated requests can add to a resource, so the
 * limits on requests do not bound its size. The limit has room for full lists of e-mail addresses and some photos, and
 * keeps a page of a hundred resources small enough to send.
 */
export const MAX_RESOURCE_BYTES = 512 * 1024;

/**
 * Checks the size of a resource's attributes. A resource that already exceeds the limit, because it was lowered, may
 * change as long as it does not grow.
 *
 * @throws DomainError TOO_MANY
 */
export function assertResourceSize(limit: number, after: Attributes, before?: Attributes): void {
  const size = sizeOf(after);
  if (size <= limit || (before && size <= sizeOf(before))) return;
  throw new DomainError(
    'TOO_MANY',
    `The attributes are ${size} bytes long as JSON; at most ${limit} bytes are allowed`,
  );
}

/** Excludes `active`, so that deactivation never fails because `false` is one letter longer than `true`. */
function sizeOf({ active: _active, ...attributes }: Attributes): number {
  return Buffer.byteLength(JSON.stringify(attributes));
}
