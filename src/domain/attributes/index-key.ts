import { DomainError } from '../kernel/errors.js';

/** A B-tree entry holds at most 2,704 bytes. A key of this size always fits together with the directory and the id. */
const MAX_KEY_BYTES = 2_000;

/**
 * Returns the value if it fits into an index entry.
 *
 * @throws DomainError INVALID_VALUE
 */
export function assertIndexable<Value extends string | null>(name: string, value: Value): Value {
  if (value !== null && value.length * 3 > MAX_KEY_BYTES && Buffer.byteLength(value) > MAX_KEY_BYTES) {
    const expectation = `must be at most ${MAX_KEY_BYTES} bytes long in UTF-8 because it is indexed`;
    throw new DomainError('INVALID_VALUE', `${name} ${expectation}`, name);
  }
  return value;
}
