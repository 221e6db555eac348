import type { Command } from './command.js';
import { prepared } from '../sql/statement.js';
import type { Transaction } from './transaction.js';

const LOCK_GROUPS = prepared(`
  select id from groups where directory_id = $1 and id = any($2::uuid[]) order by id for no key update`);

const LOCK_USERS = prepared(`
  select id from users where directory_id = $1 and id = any($2::uuid[]) order by id for no key update`);

/** Locks the rows of several commands before the first is changed, in the order of ids: two such lists never deadlock. */
export function lockInOrder(tx: Transaction, commands: readonly Command[]): void {
  const groupIds = new Set<string>();
  const userIds = new Set<string>();
  for (const command of commands) {
    switch (command.type) {
      case 'CreateUser':
      case 'CreateGroup':
      case 'CreateResource':
      case 'UpdateResource':
      case 'ReplaceResource':
      case 'DeleteResource':
        break;
      case 'UpdateUser':
      case 'ReplaceUser':
      case 'DeleteUser':
        userIds.add(command.id);
        break;
      case 'UpdateGroup':
      case 'ReplaceGroup':
      case 'DeleteGroup':
        groupIds.add(command.id);
        break;
      case 'AddMembers':
      case 'RemoveMembers':
      case 'ReplaceMembers':
        groupIds.add(command.groupId);
        break;
    }
  }
  if (groupIds.size + userIds.size < 2) return;
  if (groupIds.size > 0) tx.send(LOCK_GROUPS, [tx.directoryId, [...groupIds]]);
  if (userIds.size > 0) tx.send(LOCK_USERS, [tx.directoryId, [...userIds]]);
}
