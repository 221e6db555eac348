import { fold } from '../kernel/fold.js';
import { DomainError } from '../kernel/errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.js';
import type { Attributes } from '../attributes/attributes.js';
import { ENTERPRISE_URN } from '../schema/enterprise-user.js';
import { assertIndexable } from '../attributes/index-key.js';
import { foldAttributes } from '../attributes/fold-attributes.js';
import type { ResourceSchema } from '../schema/resource-schema.js';
import { isId } from '../kernel/id.js';
import type { User } from './user.js';

/** A group as the user's read-only `groups` attribute shows it. */
export interface UserGroup {
  readonly id: string;
  readonly displayName: string;
}

/** A user as statements return it: the row, and what its representation takes from other rows. */
export interface StoredUser extends Omit<
  User,
  | 'directoryId'
  | 'userNameKey'
  | 'displayNameKey'
  | 'titleKey'
  | 'departmentKey'
  | 'employeeNumberKey'
  | 'attributeKeys'
> {
  /** The direct groups of the user, by name; undefined when the statement was told to leave them out. */
  readonly groups?: readonly UserGroup[];
  readonly managerDisplayName: string | null;
}

/** The columns that a user's attributes decide. */
export type UserColumns = Pick<
  User,
  | 'userName'
  | 'userNameKey'
  | 'externalId'
  | 'active'
  | 'displayName'
  | 'displayNameKey'
  | 'title'
  | 'titleKey'
  | 'department'
  | 'departmentKey'
  | 'employeeNumber'
  | 'employeeNumberKey'
  | 'managerId'
  | 'attributes'
  | 'attributeKeys'
>;

/** The attributes of a user in SCIM's shape, columns and the rest put together; `groups` and `meta` are not among them. */
export function toUserAttributes(user: StoredUser): Attributes {
  const enterprise: Record<string, JsonValue> = {};
  const stored = user.attributes[ENTERPRISE_URN];
  if (user.employeeNumber !== null) enterprise['employeeNumber'] = user.employeeNumber;
  if (isJsonObject(stored)) Object.assign(enterprise, stored);
  if (user.department !== null) enterprise['department'] = user.department;
  if (user.managerId !== null) enterprise['manager'] = { value: user.managerId };
  const attributes: Record<string, JsonValue> = { userName: user.userName, active: user.active };
  if (user.externalId !== null) attributes['externalId'] = user.externalId;
  if (user.displayName !== null) attributes['displayName'] = user.displayName;
  if (user.title !== null) attributes['title'] = user.title;
  Object.assign(attributes, user.attributes);
  if (Object.keys(enterprise).length > 0) attributes[ENTERPRISE_URN] = enterprise;
  return attributes;
}

/**
 * Splits attributes into columns and the rest, with their folded keys.
 *
 * @throws DomainError INVALID_VALUE for a value too long for its index, INVALID_REFERENCE for a manager that is no id
 */
export function toUserColumns(schema: ResourceSchema, attributes: Attributes): UserColumns {
  const { userName, externalId, active, displayName, title, [ENTERPRISE_URN]: extension, ...rest } = attributes;
  const { employeeNumber, department, manager, ...enterprise } = isJsonObject(extension)
    ? extension
    : ({} as JsonObject);
  const others: Attributes = Object.keys(enterprise).length > 0 ? { ...rest, [ENTERPRISE_URN]: enterprise } : rest;
  return {
    ...keyed('userName', text(userName) ?? ''),
    externalId: assertIndexable('externalId', text(externalId)),
    active: active !== false,
    ...keyed('displayName', text(displayName)),
    title: text(title),
    titleKey: foldOrNull(text(title)),
    department: text(department),
    departmentKey: foldOrNull(text(department)),
    ...keyed('employeeNumber', text(employeeNumber)),
    managerId: toManagerId(manager),
    attributes: others,
    attributeKeys: foldAttributes(schema, others),
  };
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function foldOrNull(value: string | null): string | null {
  return value === null ? null : fold(value);
}

function keyed<Name extends 'userName' | 'displayName' | 'employeeNumber', Value extends string | null>(
  name: Name,
  value: Value,
): Record<Name, Value> & Record<`${Name}Key`, Value> {
  return { [name]: value, [`${name}Key`]: assertIndexable(name, foldOrNull(value)) } as Record<Name, Value> &
    Record<`${Name}Key`, Value>;
}

function toManagerId(manager: JsonValue | undefined): string | null {
  const id = isJsonObject(manager) ? manager['value'] : undefined;
  if (typeof id !== 'string') return null;
  if (!isId(id)) throw new DomainError('INVALID_REFERENCE', `No user has the id ${JSON.stringify(id)}`, 'manager');
  return id.toLowerCase();
}

/**
 * The e-mail addresses of a user, each once, as searches compare them.
 *
 * @throws DomainError INVALID_VALUE for one that is too long for an index
 */
export function toEmailKeys({ emails }: Attributes): string[] {
  if (!Array.isArray(emails)) return [];
  const values = (emails as readonly JsonValue[]).map((email) => (isJsonObject(email) ? email['value'] : undefined));
  return [
    ...new Set(
      values.filter((value) => typeof value === 'string').map((value) => assertIndexable('emails.value', fold(value))),
    ),
  ];
}
