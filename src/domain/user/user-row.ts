import { fold } from '../kernel/fold.js';
import { DomainError } from '../kernel/errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.js';
import type { Attributes } from '../attributes/attributes.js';
import { USER_URN } from '../schema/core-user.js';
import { ENTERPRISE_URN } from '../schema/enterprise-user.js';
import { assertIndexable } from '../attributes/index-key.js';
import { foldAttributes } from '../attributes/fold-attributes.js';
import type { ResourceSchema } from '../schema/resource-schema.js';
import { isId } from '../kernel/id.js';
import type { User } from './user.js';
import { ATTRIBUTE_COLUMNS, type AttributeColumn, type FoldedProperty } from './columns/user-columns.js';

/** A group as the user's read-only `groups` attribute shows it. */
export interface UserGroup {
  readonly id: string;
  readonly displayName: string;
}

/** The columns that a user's attributes decide. */
export type UserColumns = Pick<User, AttributeColumn['property'] | FoldedProperty | 'attributes' | 'attributeKeys'>;

/** A user as statements return it: the row, and the parts of its representation that come from other rows. */
export interface StoredUser extends Omit<User, 'directoryId' | FoldedProperty | 'attributeKeys'> {
  /** The direct groups of the user, ordered by name; undefined when the statement did not read them. */
  readonly groups?: readonly UserGroup[];
  readonly managerDisplayName: string | null;
}

const isRequired = (column: AttributeColumn): boolean => 'notNull' in column;
const core = ATTRIBUTE_COLUMNS.filter(({ urn }) => urn === USER_URN);
const enterprise = ATTRIBUTE_COLUMNS.filter(({ urn }) => urn === ENTERPRISE_URN);

/** The columns in the order of representations. */
const CORE = [...core.filter(isRequired), ...core.filter((column) => !isRequired(column))];
const BEFORE_TREE = enterprise.filter((column) => !('afterTree' in column));
const AFTER_TREE = enterprise.filter((column) => 'afterTree' in column);

const CORE_NAMES = new Set<string>(core.map(({ attribute }) => attribute));
const ENTERPRISE_NAMES = new Set<string>(enterprise.map(({ attribute }) => attribute));

/** The attributes of a user in SCIM's shape, columns and tree put together; `groups` and `meta` are not among them. */
export function toUserAttributes(user: StoredUser): Attributes {
  const attributes: Record<string, JsonValue> = {};
  putColumns(attributes, user, CORE);
  Object.assign(attributes, user.attributes);
  const extension: Record<string, JsonValue> = {};
  putColumns(extension, user, BEFORE_TREE);
  Object.assign(extension, user.attributes[ENTERPRISE_URN]);
  putColumns(extension, user, AFTER_TREE);
  if (Object.keys(extension).length > 0) attributes[ENTERPRISE_URN] = extension;
  return attributes;
}

function putColumns(
  attributes: Record<string, JsonValue>,
  user: StoredUser,
  columns: readonly AttributeColumn[],
): void {
  for (const { attribute, property, type } of columns) {
    const value = user[property];
    if (value !== null) attributes[attribute] = type === 'uuid' ? { value } : value;
  }
}

/**
 * Splits attributes into columns and the rest, with their folded keys.
 *
 * @throws DomainError INVALID_VALUE for a value too long for its index, INVALID_REFERENCE for a manager that is no id
 */
export function toUserColumns(schema: ResourceSchema, attributes: Attributes): UserColumns {
  const { [ENTERPRISE_URN]: sent, ...others } = attributes;
  const extension = isJsonObject(sent) ? sent : {};
  const columns: Record<string, JsonValue> = {};
  for (const column of ATTRIBUTE_COLUMNS) {
    const { urn, attribute, property } = column;
    const value = toColumn(column, (urn === ENTERPRISE_URN ? extension : others)[attribute]);
    const compared = 'folded' in column && typeof value === 'string' ? fold(value) : value;
    if ('indexed' in column && typeof compared === 'string') assertIndexable(property, compared);
    columns[property] = value;
    if ('folded' in column) columns[`${property}Key`] = compared;
  }
  const [tree, ofExtension] = [without(others, CORE_NAMES), without(extension, ENTERPRISE_NAMES)];
  const rest = Object.keys(ofExtension).length > 0 ? { ...tree, [ENTERPRISE_URN]: ofExtension } : tree;
  // The declarations say which properties there are.
  return { ...columns, attributes: rest, attributeKeys: foldAttributes(schema, rest) } as unknown as UserColumns;
}

function toColumn(column: AttributeColumn, value: JsonValue | undefined): string | boolean | null {
  switch (column.type) {
    case 'boolean':
      return value !== false;
    case 'uuid':
      return toManagerId(value);
    case 'text':
      return typeof value === 'string' ? value : 'notNull' in column ? '' : null;
  }
}

function without(attributes: JsonObject, names: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.has(name)));
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
