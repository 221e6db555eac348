import { valueAt } from './attribute-path.js';
import { isObject, toList, toText, type Json } from './json.js';
import { MANAGER_PATH } from './urns.js';

/** The endpoint of a resource type (RFC 7644 §3.2). */
export type Collection = '/Users' | '/Groups';

/** A filter with `eq` and a JSON literal (RFC 7644 §3.4.2.2), the only kind of filter that Entra sends. */
export function toEqualFilter(path: string, value: Json): string {
  return `${path} eq ${JSON.stringify(value)}`;
}

/** The resources of a list response or of a bare array; undefined for any other body. */
export function toResources(body: Json | undefined): readonly Json[] | undefined {
  if (Array.isArray(body)) return body as readonly Json[];
  if (!isObject(body)) return undefined;
  if (Array.isArray(body['Resources'])) return toList(body['Resources']);
  return body['totalResults'] === 0 ? [] : undefined;
}

/** The id of a resource. An empty id counts as none: a DELETE with it would address the whole collection. */
export function idOf(resource: Json | undefined): string | undefined {
  const id = isObject(resource) ? resource['id'] : undefined;
  return (typeof id === 'string' && id !== '') || typeof id === 'number' ? String(id) : undefined;
}

/** The ids of a group's members, whether they are objects (RFC 7643 §4.2) or bare ids. */
export function memberIds(group: Json | undefined): string[] {
  const members = toList(isObject(group) ? group['members'] : undefined);
  return members.map((member) => toText(isObject(member) ? member['value'] : member));
}

/** The id of a user's manager, whether the manager is an object (RFC 7643 §4.3) or a bare id. */
export function managerOf(user: Json | undefined): string | undefined {
  const manager = valueAt(user, MANAGER_PATH);
  const value = isObject(manager) ? manager['value'] : manager;
  return value === undefined || value === null || value === '' ? undefined : toText(value);
}

/** The value of `active`, whether it is a boolean or text; undefined when it is absent or neither. */
export function activeOf(resource: Json | undefined): boolean | undefined {
  const active = valueAt(resource, 'active');
  if (typeof active === 'boolean') return active;
  if (typeof active === 'string' && /^(true|false)$/i.test(active)) return active.toLowerCase() === 'true';
  return undefined;
}
