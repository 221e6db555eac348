import type { ExpectedVersion } from '../../domain/kernel/precondition.js';
import type { ScimRequest } from '../protocol/endpoint.js';

/** Returns the weak ETag of a version (RFC 7644 §3.14). */
export function toETag(version: number): string {
  return `W/"${version}"`;
}

/**
 * Parses `If-Match` and `If-None-Match` of a change. `execute` checks them under the row lock and fails with 412 if no
 * tag of the first matches, or one of the second does (RFC 9110 §13.1). Tags are weak, as in RFC 7644 §3.14, and both
 * headers use the weak comparison. Malformed tags match nothing.
 *
 * @returns undefined without a condition, and for `If-Match: *`, which every existing resource fulfils
 */
export function expectedVersion({ ifMatch, ifNoneMatch }: ScimRequest): ExpectedVersion | undefined {
  const oneOf = ifMatch === undefined || isAny(ifMatch) ? undefined : versionsIn(ifMatch);
  const noneOf = ifNoneMatch === undefined ? undefined : isAny(ifNoneMatch) ? 'all' : versionsIn(ifNoneMatch);
  if (!oneOf && !noneOf) return undefined;
  return { ...(oneOf && { oneOf }), ...(noneOf && { noneOf }) };
}

/** Whether `If-None-Match` contains this version, so that a read is answered with 304. */
export function isNotModified({ ifNoneMatch }: ScimRequest, version: number): boolean {
  return ifNoneMatch !== undefined && (isAny(ifNoneMatch) || versionsIn(ifNoneMatch).includes(version));
}

function isAny(header: string): boolean {
  return header.trim() === '*';
}

function versionsIn(header: string): number[] {
  return [...header.matchAll(/(?:W\/)?"(\d{1,10})"/g)].map((match) => Number(match[1]));
}
