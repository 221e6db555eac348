import { DomainError } from '../../domain/kernel/errors.js';
import { isId } from '../../domain/kernel/id.js';
import { findKey, isJsonObject, type JsonValue } from '../../domain/kernel/json.js';

/**
 * Reads the ids in a normalised `members` value, in lower case as they are stored, each once.
 *
 * @param value a list of `{ value }`; `null`, `""` and undefined are no members
 * @throws DomainError INVALID_VALUE for anything but a list of members, INVALID_REFERENCE for text that is no id
 */
export function parseMemberIds(value: JsonValue | undefined): string[] {
  if (value === undefined || value === null || value === '') return [];
  if (!Array.isArray(value)) throw new DomainError('INVALID_VALUE', 'members must be a list', 'members');
  return unique((value as readonly JsonValue[]).map(parseMemberId));
}

/** Reads the ids in a removal. Text that is no id names no member, so there is nothing to remove. */
export function readRemovedIds(elements: readonly JsonValue[]): string[] {
  const ids = elements.flatMap((element) => memberIdOf(element) ?? []);
  return unique(ids.filter((id) => isId(id)));
}

function parseMemberId(element: JsonValue): string {
  const id = memberIdOf(element);
  if (id === undefined) throw new DomainError('INVALID_VALUE', 'A member needs a value, its id', 'members.value');
  if (!isId(id)) throw new DomainError('INVALID_REFERENCE', 'A member is not known', 'members.value');
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
