import { prepared } from '../../sql/statement.js';
import type { Transaction } from '../../write/transaction.js';

const DELETE = prepared(`
  delete from user_emails using unnest($2::uuid[], $3::text[]) as gone (user_id, email_key)
  where user_emails.directory_id = $1 and user_emails.user_id = gone.user_id and user_emails.email_key = gone.email_key`);

const INSERT = prepared(`
  insert into user_emails (directory_id, user_id, email_key) select $1, * from unnest($2::uuid[], $3::text[])`);

/**
 * The folded addresses of a user before and after a change, without duplicates. Empty before its creation and after its
 * deletion.
 */
export interface EmailChange {
  readonly userId: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * Updates the index for e-mail searches in the transaction that writes the users. Sends no statement if no address was
 * added or removed.
 */
export function updateEmailIndex(tx: Transaction, ...changes: readonly EmailChange[]): void {
  const removed = changes.flatMap(({ userId, before, after }) => without(userId, before, after));
  const added = changes.flatMap(({ userId, before, after }) => without(userId, after, before));
  if (removed.length > 0) tx.send(DELETE, [tx.directoryId, ...toArrays(removed)]);
  if (added.length > 0) tx.send(INSERT, [tx.directoryId, ...toArrays(added)]);
}

interface Address {
  readonly userId: string;
  readonly key: string;
}

function without(userId: string, keys: readonly string[], others: readonly string[]): Address[] {
  return keys.filter((key) => !others.includes(key)).map((key) => ({ userId, key }));
}

function toArrays(addresses: readonly Address[]): [userIds: string[], keys: string[]] {
  return [addresses.map(({ userId }) => userId), addresses.map(({ key }) => key)];
}
