import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Attributes } from '../attributes/attributes.js';

/**
 * A user of a directory. What is matched, sorted or constrained has a column of its own, kept exactly as it was sent;
 * a `…Key` column beside it holds the folded form that comparisons use. Everything else lies in `attributes`.
 */
export const UserEntity = defineEntity({
  name: 'User',
  tableName: 'users',
  primaryKeys: ['directoryId', 'id'],
  properties: {
    directoryId: p.uuid().primary(),
    id: p.uuid().primary(),
    userName: p.text(),
    userNameKey: p.text().collation('C'),
    externalId: p.text().collation('C').strictNullable(),
    active: p.boolean(),
    displayName: p.text().strictNullable(),
    displayNameKey: p.text().collation('C').strictNullable(),
    title: p.text().strictNullable(),
    titleKey: p.text().collation('C').strictNullable(),
    department: p.text().strictNullable(),
    departmentKey: p.text().collation('C').strictNullable(),
    employeeNumber: p.text().strictNullable(),
    employeeNumberKey: p.text().collation('C').strictNullable(),
    managerId: p.uuid().strictNullable(),
    /** The attributes without a column, in SCIM's shape. */
    attributes: p.json().$type<Attributes>(),
    /** The same tree with its case-insensitive text folded: what filters on it are compared with. */
    attributeKeys: p.json().$type<Attributes>(),
    version: p.integer(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
  },
  uniques: [{ name: 'users_user_name_key', properties: ['directoryId', 'userNameKey'] }],
  // No index on updatedAt: it would cost every change a new entry in every other index (no HOT updates).
  indexes: [
    { name: 'users_external_id_index', properties: ['directoryId', 'externalId'] },
    { name: 'users_display_name_index', properties: ['directoryId', 'displayNameKey'] },
    // The keyset of a list by name: rows without a name come before those that have one.
    {
      name: 'users_display_name_order_index',
      expression:
        "create index users_display_name_order_index on users (directory_id, (coalesce(display_name_key, '')), id)",
    },
    { name: 'users_employee_number_index', properties: ['directoryId', 'employeeNumberKey'] },
    { name: 'users_active_index', properties: ['directoryId', 'active', 'id'] },
    { name: 'users_created_at_index', properties: ['directoryId', 'createdAt', 'id'] },
    { name: 'users_manager_id_index', properties: ['directoryId', 'managerId', 'id'] },
  ],
});

export type User = InferEntity<typeof UserEntity>;

/**
 * The folded values of `emails.value` of all users, so that matching by e-mail is one lookup in one directory.
 * `updateEmailIndex` writes them together with their users.
 */
export const UserEmailEntity = defineEntity({
  name: 'UserEmail',
  tableName: 'user_emails',
  primaryKeys: ['directoryId', 'emailKey', 'userId'],
  properties: {
    directoryId: p.uuid().primary(),
    emailKey: p.text().collation('C').primary(),
    userId: p.uuid().primary(),
  },
});
