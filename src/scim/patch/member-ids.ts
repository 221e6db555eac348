import { DomainError } from '../../domain/kernel/errors.js';
import { isId } from '../../domain/kernel/id.js';
import { findKey, isJsonObject, type JsonValue } from '../../domain/kernel/json.js';

/**
 * Returns the ids in a normalized `members` value, in lower case and without duplicates.
 *
 * @param value an array of `{ value }`; `null`, `""` and undefined mean no members
 * @throws DomainError INVALID_VALUE if it is no array of members, INVALID_REFERENCE for a malformed id
 */
export function parseMemberIds(value: JsonValue | undefined): string[] {
  if (value === undefined || value === null || value === '') return [];
  if (!Array.isArray(value)) throw new DomainError('INVALID_VALUE', 'members must be a list', 'members');
  return unique((value as readonly JsonValue[]).map(parseMemberId));
}

/** Returns the ids in a removal. A malformed id cannot be a member, so it is ignored. */
export function readRemovedIds(elements: readonly JsonValue[]): string[] {
  const ids = elements.flatMap((element) => memberIdOf(element) ?? []);
  return unique(ids.filter((id) => isId(id)));
}

function parseMemberId(element: JsonValue): string {
  const id = memberIdOf(element);
  if (id === undefined) {
    throw new DomainError('INVALID_VALUE', 'Each member must have a value: the id of a user or group', 'members.value');
  }
  if (!isId(id)) {
    const message = `No user or group has the id ${JSON.stringify(id.slice(0, 200))}`;
    throw new DomainError('INVALID_REFERENCE', message, 'members.value');
  }
  return id;
}

function memberIdOf(element: JsonValue): string | undefined {
  if (!isJsonObject(element)) return undefined;
  const value = findKey(element, 'value');
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids.map((id) => id.toLowerCase()))];
}
