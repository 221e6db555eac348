import { DomainError } from '../../domain/kernel/errors.js';
import { isId } from '../../domain/kernel/id.js';
import { findKey, isJsonObject, type JsonValue } from '../../domain/kernel/json.js';

/**
 * The ids in a normalised `members` value, in the spelling that ids are kept in, each once.
 *
 * @param value a list of `{ value }`; `null`, `""` and undefined are no members
 * @throws DomainError INVALID_VALUE for what is no list of members, INVALID_REFERENCE for an id that can be nobody's
 */
export function parseMemberIds(value: JsonValue | undefined): string[] {
  if (value === undefined || value === null || value === '') return [];
  if (!Array.isArray(value)) throw new DomainError('INVALID_VALUE', 'members must be a list', 'members');
  return unique((value as readonly JsonValue[]).map(parseMemberId));
}

/** The ids in a removal. One that can be nobody's is no member either, so there is nothing to remove. */
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
