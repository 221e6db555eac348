import { isId } from '../../domain/kernel/id.js';
import { findKey, isJsonObject, type JsonObject, type JsonValue } from '../../domain/kernel/json.js';
import type { AttributeOperation } from '../../domain/attributes/attribute-operation.js';
import { ENTERPRISE_URN } from '../../domain/schema/enterprise-user.js';
import { USER_SCHEMA } from '../../domain/schema/resource-schema.js';
import { ScimError } from '../protocol/errors.js';
import { isUrlOfId } from '../provider/entra.js';

/*
 * A client names a manager by `value`, by `$ref` or by both (RFC 7643 §4.3). The domain knows ids and no URLs, so
 * `$ref` is replaced with the id at its end. The domain then checks whether that user exists.
 */

/**
 * Replaces `manager.$ref` with `manager.value` in the body of a POST or PUT that `normalizeResource` returned.
 *
 * @param baseUrl the Tenant URL
 * @throws ScimError 400 invalidValue if `$ref` is no URL of a user of this directory, or names another user than
 *   `value`
 */
export function resolveManager(body: JsonObject, baseUrl: string): JsonObject {
  const extension = body[ENTERPRISE_URN];
  if (!isJsonObject(extension)) return body;
  const entries = Object.entries(extension).map(([key, value]): [string, JsonValue] => [
    key,
    key.toLowerCase() === 'manager' ? toManagerValue(value, baseUrl) : value,
  ]);
  return { ...body, [ENTERPRISE_URN]: Object.fromEntries(entries) };
}

/**
 * Does the same for an operation of a PATCH at `manager` or `manager.$ref`. Other operations are returned unchanged.
 */
export function resolveManagerOperation(operation: AttributeOperation, baseUrl: string): AttributeOperation {
  const { op, path, value = null } = operation;
  const { urn, attribute, subAttribute } = path;
  if (urn !== ENTERPRISE_URN || attribute.name !== 'manager') return operation;
  if (subAttribute?.name === '$ref') {
    // `$ref` is derived from `value`, so removing it removes the manager.
    if (op === 'remove' || value === null || value === '') return { op: 'remove', path: { urn, attribute } };
    return { op, path: { urn, attribute }, value: { value: toUserId(value, baseUrl) } };
  }
  if (subAttribute || op === 'remove') return operation;
  return { ...operation, value: toManagerValue(value, baseUrl) };
}

function toManagerValue(manager: JsonValue, baseUrl: string): JsonValue {
  if (!isJsonObject(manager)) return manager;
  const ref = findKey(manager, '$ref');
  if (ref === undefined) return manager;
  const value = findKey(manager, 'value') ?? '';
  const rest = Object.entries(manager).filter(([key]) => key.toLowerCase() !== '$ref');
  if (ref === null || ref === '') return Object.fromEntries(rest);
  if (value === '') {
    const others = rest.filter(([key]) => key.toLowerCase() !== 'value');
    return Object.fromEntries([...others, ['value', toUserId(ref, baseUrl)]]);
  }
  if (typeof ref !== 'string' || typeof value !== 'string' || !isUrlOfId(ref, USER_SCHEMA.endpoint, value)) {
    throw invalidValue('manager.$ref must be the URL of the user whose id is manager.value');
  }
  return Object.fromEntries(rest);
}

/**
 * Returns the id in the URL of a user. RFC 7643 §2.3.7 resolves a relative URL against the service root, but its
 * examples in §8 begin with `../`.
 */
function toUserId(ref: JsonValue, baseUrl: string): string {
  const users = `${baseUrl}${USER_SCHEMA.endpoint}/`;
  const text = typeof ref === 'string' ? ref : '';
  const url = URL.parse(text, text.startsWith('../') ? users : `${baseUrl}/`);
  const prefix = URL.parse(users)?.href ?? users;
  // Paths are case-insensitive, as in the router.
  const isOurs = url?.href.toLowerCase().startsWith(prefix.toLowerCase());
  const id = url && isOurs ? url.href.slice(prefix.length) : '';
  if (!isId(id)) throw invalidValue(`manager.$ref must be the URL of a user of this directory, such as ${users}{id}`);
  return id.toLowerCase();
}

function invalidValue(detail: string): ScimError {
  return new ScimError(400, detail, 'invalidValue');
}
