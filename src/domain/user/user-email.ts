import { defineEntity, p } from '@mikro-orm/core';

/**
 * The folded values of `emails.value` of all users, so that matching by e-mail is one look-up in one directory. They are
 * written with their users, by `keepEmails`.
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
