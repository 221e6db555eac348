import { prepared } from '../sql/statement.js';
import type { Transaction } from './transaction.js';

const LOCK_GROUPS = prepared(`
  select id from groups where directory_id = $1 and id = any($2::uuid[]) order by id for no key update`);

const LOCK_USERS = prepared(`
  select id from users where directory_id = $1 and id = any($2::uuid[]) order by id for no key update`);

/** The rows that commands will change. */
export interface RowsToLock {
  readonly userIds: ReadonlySet<string>;
  readonly groupIds: ReadonlySet<string>;
}

/** Locks all rows in order of their ids before the first change, so that concurrent transactions cannot deadlock. */
export function lockInOrder(tx: Transaction, { userIds, groupIds }: RowsToLock): void {
  if (groupIds.size + userIds.size < 2) return;
  if (groupIds.size > 0) tx.send(LOCK_GROUPS, [tx.directoryId, [...groupIds]]);
  if (userIds.size > 0) tx.send(LOCK_USERS, [tx.directoryId, [...userIds]]);
}
