import { DomainError } from '../errors.js';
import { isJsonObject, jsonEquals, type JsonObject, type JsonValue } from '../json.js';
import type { AttributeDeclaration } from './attribute.js';
import type { Attributes } from './attributes.js';
import type { ResourceSchema } from './resource-schema.js';

/**
 * Refuses to change what has a value and is immutable (RFC 7643 §2.2). Elements of multi-valued attributes come and go
 * as wholes; inside one of them, `applyOperations` refuses.
 *
 * @throws DomainError IMMUTABLE with the attribute as path
 */
export function requireUnchanged(resource: ResourceSchema, before: Attributes, after: Attributes): void {
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
 * What a replacement of all attributes leaves as it is where it does not name it: what is immutable, and what the client
 * could not have read (RFC 7643 §7, `writeOnly` and `returned: never`).
 */
export function withKept(resource: ResourceSchema, before: Attributes, sent: Attributes): Attributes {
  const kept: Record<string, JsonValue> = {};
  for (const { urn, attributes } of resource.extensions) {
    const unsaid = unsaidOf(attributes, before[urn]);
    const said = sent[urn];
    if (Object.keys(unsaid).length > 0) kept[urn] = isJsonObject(said) ? { ...unsaid, ...said } : unsaid;
  }
  return { ...unsaidOf(resource.core.attributes, before), ...sent, ...kept };
}

function unsaidOf(declarations: readonly AttributeDeclaration[], values: JsonValue | undefined): JsonObject {
  if (!isJsonObject(values)) return {};
  return Object.fromEntries(
    declarations.filter(staysUnsaid).flatMap(({ name }): Array<[string, JsonValue]> => {
      const value = values[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function staysUnsaid({ mutability, returned }: AttributeDeclaration): boolean {
  return mutability === 'immutable' || mutability === 'writeOnly' || returned === 'never';
}
