import { ScimError } from '../errors.js';
import type { ScimRequest } from './exchange.js';

/** The weak entity tag of a version, RFC 7644 §3.14. */
export function toETag(version: number): string {
  return `W/"${version}"`;
}

/**
 * The version that `If-Match` demands, for `execute` to check under the lock of the row.
 *
 * @returns undefined without a condition, or for `*`, which every existing resource fulfils
 * @throws ScimError 412 when no tag of the list can be one of ours
 */
export function expectedVersion({ ifMatch }: ScimRequest): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const versions = versionsIn(ifMatch);
  if (versions.length !== 1) throw new ScimError(412, 'If-Match must name exactly one version of this resource');
  return versions[0];
}

/** True when `If-None-Match` names this version, so that a read is answered with 304. */
export function isNotModified({ ifNoneMatch }: ScimRequest, version: number): boolean {
  return ifNoneMatch !== undefined && (ifNoneMatch.trim() === '*' || versionsIn(ifNoneMatch).includes(version));
}

function versionsIn(header: string): number[] {
  return [...header.matchAll(/(?:W\/)?"(\d{1,10})"/g)].map((match) => Number(match[1]));
}
