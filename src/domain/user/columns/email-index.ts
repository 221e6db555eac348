import { prepared } from '../../sql/statement.js';
import type { Transaction } from '../../write/transaction.js';

const FORGET = prepared(`
  delete from user_emails using unnest($2::uuid[], $3::text[]) as gone (user_id, email_key)
  where user_emails.directory_id = $1 and user_emails.user_id = gone.user_id and user_emails.email_key = gone.email_key`);

const KEEP = prepared(`
  insert into user_emails (directory_id, user_id, email_key) select $1, * from unnest($2::uuid[], $3::text[])`);

/** The folded addresses of a user, each once, before and after a change: none before its creation or after its deletion. */
export interface EmailChange {
  readonly userId: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * Updates the index that e-mail searches use, in the transaction that writes the users. Sends nothing when no address was
 * added or removed.
 */
export function updateEmailIndex(tx: Transaction, ...changes: readonly EmailChange[]): void {
  const gone = changes.flatMap(({ userId, before, after }) => without(userId, before, after));
  const come = changes.flatMap(({ userId, before, after }) => without(userId, after, before));
  if (gone.length > 0) tx.send(FORGET, [tx.directoryId, ...toArrays(gone)]);
  if (come.length > 0) tx.send(KEEP, [tx.directoryId, ...toArrays(come)]);
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
