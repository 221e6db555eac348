import { DomainError } from './errors.js';

/** The error for an id that nothing in the directory has. */
export function notFound(what: 'user' | 'group' | 'resource' | 'directory' | 'token', id: string): DomainError {
  return new DomainError('NOT_FOUND', `No ${what} has the id ${JSON.stringify(id)}`);
}

/**
 * Which version a change expects of its target: this one; or one of several, and none of others, as the conditions of
 * http say it.
 */
export type ExpectedVersion = number | VersionCondition;

interface VersionCondition {
  /** Left out, every version will do. */
  readonly oneOf?: readonly number[];
  readonly noneOf?: readonly number[] | 'all';
}

/**
 * Refuses to change what the caller has not seen.
 *
 * @throws DomainError VERSION_CONFLICT
 */
export function assertVersion(actual: number, expected: ExpectedVersion | undefined): void {
  if (expected === undefined) return;
  const { oneOf, noneOf }: VersionCondition = typeof expected === 'number' ? { oneOf: [expected] } : expected;
  if (oneOf && !oneOf.includes(actual)) {
    throw new DomainError(
      'VERSION_CONFLICT',
      `The version is ${actual}, not ${oneOf.join(' or ') || 'one that the request names'}`,
    );
  }
  if (noneOf === 'all' || noneOf?.includes(actual)) {
    throw new DomainError('VERSION_CONFLICT', `The version is ${actual}, which the request excludes`);
  }
}
