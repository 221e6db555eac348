import { DomainError } from './errors.js';

/** The error for an id that nothing in the directory has. */
export function notFound(what: 'user' | 'group' | 'resource' | 'directory' | 'token', id: string): DomainError {
  return new DomainError('NOT_FOUND', `No ${what} has the id ${JSON.stringify(id)}`);
}

/**
 * Refuses to change what the caller has not seen.
 *
 * @throws DomainError VERSION_CONFLICT
 */
export function requireVersion(actual: number, expected: number | undefined): void {
  if (expected !== undefined && actual !== expected) {
    throw new DomainError('VERSION_CONFLICT', `The version is ${actual}, not ${expected}`);
  }
}
