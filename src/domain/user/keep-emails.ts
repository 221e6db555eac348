import { prepared } from '../statement.js';
import type { Transaction } from '../transaction.js';

const FORGET = prepared(`
  delete from user_emails where directory_id = $1 and user_id = $2 and email_key = any($3::text[])`);

const KEEP = prepared(`
  insert into user_emails (directory_id, user_id, email_key) select $1, $2, key from unnest($3::text[]) as key`);

/**
 * Brings what e-mail searches look at to what a user's addresses are now, in the transaction that writes the user. Sends
 * nothing where no address came or went.
 *
 * @param before the folded addresses as they were, each once; empty for a new user
 * @param after the folded addresses as they will be; empty for a user that ends
 */
export function keepEmails(tx: Transaction, userId: string, before: readonly string[], after: readonly string[]): void {
  const gone = before.filter((key) => !after.includes(key));
  const come = after.filter((key) => !before.includes(key));
  if (gone.length > 0) tx.send(FORGET, [tx.directoryId, userId, gone]);
  if (come.length > 0) tx.send(KEEP, [tx.directoryId, userId, come]);
}
