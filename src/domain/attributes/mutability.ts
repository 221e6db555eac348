import { DomainError } from '../kernel/errors.js';
import { isJsonObject, jsonEquals, type JsonObject, type JsonValue } from '../kernel/json.js';
import type { AttributeDeclaration } from '../schema/attribute.js';
import type { Attributes } from './attributes.js';
import type { ResourceSchema } from '../schema/resource-schema.js';

/**
 * Checks that no immutable attribute that has a value changes (RFC 7643 §2.2). Whole elements of multi-valued
 * attributes may be added and removed; `applyOperations` checks the sub-attributes of an element.
 *
 * @throws DomainError IMMUTABLE with the attribute as path
 */
export function assertMutable(resource: ResourceSchema, before: Attributes, after: Attributes): void {
  requireSame(resource.core.attributes, before, after, '');
  for (const { urn, attributes } of resource.extensions) requireSame(attributes, before[urn], after[urn], '');
}

function requireSame(
  declarations: readonly AttributeDeclaration[],
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  parent: string,
): void {
  if (!isJsonObject(before)) return;
  const changed: JsonObject = isJsonObject(after) ? after : {};
  for (const { name, mutability, multiValued, subAttributes } of declarations) {
    const value = before[name];
    if (value === undefined) continue;
    const path = `${parent}${name}`;
    if (mutability === 'immutable' && !jsonEquals(value, changed[name])) {
      throw new DomainError('IMMUTABLE', `${path} cannot be changed once it has a value`, path);
    }
    if (subAttributes && !multiValued) requireSame(subAttributes, value, changed[name], `${path}.`);
  }
}

/**
 * Adds to a replacement of all attributes those that it omits but must not clear: immutable ones, and those that the
 * client could not have read (RFC 7643 §7, `writeOnly` and `returned: never`), including sub-attributes.
 */
export function withRetainedAttributes(resource: ResourceSchema, before: Attributes, sent: Attributes): Attributes {
  const blocks = resource.extensions
    .map(({ urn, attributes }): [string, JsonObject] => [urn, keep(attributes, before[urn], sent[urn])])
    .filter(([, values]) => Object.keys(values).length > 0);
  return { ...keep(resource.core.attributes, before, sent), ...Object.fromEntries(blocks) };
}

function keep(
  declarations: readonly AttributeDeclaration[],
  before: JsonValue | undefined,
  sent: JsonValue | undefined,
): JsonObject {
  const said = isJsonObject(sent) ? sent : {};
  if (!isJsonObject(before)) return said;
  const kept = declarations.flatMap((declaration): Array<[string, JsonValue]> => {
    const value = keepOne(declaration, before[declaration.name], said[declaration.name]);
    return value === undefined ? [] : [[declaration.name, value]];
  });
  return { ...said, ...Object.fromEntries(kept) };
}

function keepOne(
  declaration: AttributeDeclaration,
  before: JsonValue | undefined,
  said: JsonValue | undefined,
): JsonValue | undefined {
  const { mutability, multiValued, subAttributes } = declaration;
  if (before === undefined) return said;
  if (said === undefined && (mutability === 'immutable' || isUnreadable(declaration))) return before;
  if (!subAttributes) return said;
  if (multiValued) return keepInElements(subAttributes, before, said);
  const object = keep(subAttributes, before, said);
  return Object.keys(object).length > 0 ? object : undefined;
}

/**
 * Matches elements by their readable fields: an element that is sent as it was returned is the same element. An element
 * without readable fields cannot be matched.
 */
function keepInElements(
  subAttributes: readonly AttributeDeclaration[],
  before: JsonValue,
  said: JsonValue | undefined,
): JsonValue | undefined {
  const unreadable = new Set(subAttributes.filter(isUnreadable).map(({ name }) => name));
  if (unreadable.size === 0) return said;
  const had = (Array.isArray(before) ? (before as readonly JsonValue[]) : []).filter(isJsonObject).map((element) => ({
    element,
    shown: Object.fromEntries(Object.entries(element).filter(([name]) => !unreadable.has(name))),
  }));
  const left = [...had];
  const elements = (Array.isArray(said) ? (said as readonly JsonValue[]) : []).map((sent) => {
    const found = left.findIndex(({ shown }) => jsonEquals(shown, sent));
    return found < 0 ? sent : (left.splice(found, 1)[0]?.element ?? sent);
  });
  for (const [index, { element, shown }] of had.entries()) {
    if (Object.keys(shown).length === 0) elements.splice(index, 0, element);
  }
  return elements.length > 0 ? elements : undefined;
}

function isUnreadable({ mutability, returned }: AttributeDeclaration): boolean {
  return mutability === 'writeOnly' || returned === 'never';
}
