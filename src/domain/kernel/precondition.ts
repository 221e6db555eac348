import { DomainError } from './errors.js';

/** Creates the error for an id that does not exist in the directory. */
export function notFound(what: 'user' | 'group' | 'resource' | 'directory' | 'token', id: string): DomainError {
  return new DomainError('NOT_FOUND', `No ${what} has the id ${JSON.stringify(id)}`);
}

/**
 * The version that a change expects of its target: a number, or the conditions of HTTP (`If-Match`, `If-None-Match`).
 */
export type ExpectedVersion = number | VersionCondition;

interface VersionCondition {
  /** The accepted versions; if omitted, every version is accepted. */
  readonly oneOf?: readonly number[];
  readonly noneOf?: readonly number[] | 'all';
}

/**
 * Checks that the target has the version that the caller expects.
 *
 * @throws DomainError VERSION_CONFLICT
 */
export function assertVersion(actual: number, expected: ExpectedVersion | undefined): void {
  if (expected === undefined) return;
  const { oneOf, noneOf }: VersionCondition = typeof expected === 'number' ? { oneOf: [expected] } : expected;
  if (oneOf && !oneOf.includes(actual)) {
    throw new DomainError(
      'VERSION_CONFLICT',
      `The current version is ${actual}, but the request expects ${oneOf.join(' or ') || 'another one'}`,
    );
  }
  if (noneOf === 'all' || noneOf?.includes(actual)) {
    throw new DomainError('VERSION_CONFLICT', `The current version is ${actual}, which the request excludes`);
  }
}
