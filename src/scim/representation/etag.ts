import type { ExpectedVersion } from '../../domain/kernel/precondition.js';
import type { ScimRequest } from '../protocol/endpoint.js';

/** The weak entity tag of a version, RFC 7644 §3.14. */
export function toETag(version: number): string {
  return `W/"${version}"`;
}

/**
 * What `If-Match` and `If-None-Match` demand of a change, for `execute` to check under the lock of the row: 412 unless
 * one of the tags of the first is the resource's, or when one of the second is (RFC 9110 §13.1). Our tags are weak, as
 * RFC 7644 §3.14 shows them, and compared so in both. What is no tag of ours matches nothing.
 *
 * @returns undefined without a condition, or for `If-Match: *`, which every existing resource fulfils
 */
export function expectedVersion({ ifMatch, ifNoneMatch }: ScimRequest): ExpectedVersion | undefined {
  const oneOf = ifMatch === undefined || isAny(ifMatch) ? undefined : versionsIn(ifMatch);
  const noneOf = ifNoneMatch === undefined ? undefined : isAny(ifNoneMatch) ? 'all' : versionsIn(ifNoneMatch);
  if (!oneOf && !noneOf) return undefined;
  return { ...(oneOf && { oneOf }), ...(noneOf && { noneOf }) };
}

/** True when `If-None-Match` names this version, so that a read is answered with 304. */
export function isNotModified({ ifNoneMatch }: ScimRequest, version: number): boolean {
  return ifNoneMatch !== undefined && (isAny(ifNoneMatch) || versionsIn(ifNoneMatch).includes(version));
}

function isAny(header: string): boolean {
  return header.trim() === '*';
}

function versionsIn(header: string): number[] {
  return [...header.matchAll(/(?:W\/)?"(\d{1,10})"/g)].map((match) => Number(match[1]));
}
