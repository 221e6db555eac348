import type { CreateUser, DeleteUser, ReplaceUser, UpdateUser } from '../write/command.js';
import { notFound, assertVersion, type ExpectedVersion } from '../kernel/precondition.js';
import { writeExtensionValues } from '../write/extension-values.js';
import { holdsUnknown } from '../write/hold-schemas.js';
import { prepared } from '../sql/statement.js';
import type { Transaction } from '../write/transaction.js';
import { updateEmailIndex } from './columns/email-index.js';
import { deleteUser, managerCleared, mayDeactivate } from './user-decisions.js';
import { lockUsers } from './user-lock.js';
import { planCreate, planUpdate, recordPlan, sendPlans } from './user-plan.js';
import { toEmailKeys, type StoredUser } from './user-row.js';
import { USER_WITH_GROUPS } from './columns/user-columns.js';
import { insertUsers, toChanged, toCreated } from './user-write.js';

const MANAGER_NAME = prepared(`
  select display_name as "displayName" from users where directory_id = $1 and id = $2`);

// Locks groups in order of id before the user, the same order in which adding members locks them.
const LOCK_GROUPS = prepared(`
  select g.id from groups g join memberships m on m.directory_id = g.directory_id and m.group_id = g.id
  where m.directory_id = $1 and m.user_id = $2 order by g.id for no key update of g`);

const LOCK_FOR_DELETE = prepared(`
  select ${USER_WITH_GROUPS} from users u where u.directory_id = $1 and u.id = $2 for update of u`);

const DELETE_MEMBERSHIPS = prepared(`
  with ended as (
    delete from memberships where directory_id = $1 and user_id = $2 returning group_id
  )
  update groups set member_count = member_count - 1, version = version + 1, updated_at = $3
  where directory_id = $1 and id in (select group_id from ended)
  returning id, display_name as "displayName"`);

const CLEAR_MANAGER = prepared(`
  update users set manager_id = null, version = version + 1, updated_at = $3
  where directory_id = $1 and manager_id = $2 and id <> $2
  returning id, user_name as "userName", external_id as "externalId"`);

const DELETE = prepared('delete from users where directory_id = $1 and id = $2');

/**
 * Creates a user and returns it as stored. Throws UNKNOWN_SCHEMA and the errors of `planCreate`; a userName that is
 * taken is reported as ALREADY_EXISTS at commit.
 */
export async function executeCreateUser(tx: Transaction, command: CreateUser): Promise<StoredUser> {
  const plan = planCreate(tx, command);
  const { id, columns } = plan;
  await writeExtensionValues(tx, tx.schema.user, id, {}, columns.attributes);
  insertUsers(tx, [plan]);
  sendPlans(tx, [plan]);
  recordPlan(tx, plan);
  return toCreated(columns, id, tx.now, await managerName(tx, columns.managerId));
}

/** Updates a user and returns it as stored. Throws NOT_FOUND, UNKNOWN_SCHEMA and the errors of `planUpdate`. */
export async function executeUpdateUser(
  tx: Transaction,
  command: UpdateUser | ReplaceUser,
  expectedVersion: ExpectedVersion | undefined,
): Promise<StoredUser> {
  const deactivatable = mayDeactivate(command) ? [command.id] : [];
  const [user] = await lockUsers(tx, { ids: [command.id], deactivatable });
  if (!user) throw notFound('user', command.id);
  if (holdsUnknown(tx.schema.user, user.attributes)) await tx.renewSchema();
  const plan = planUpdate(tx, user, command, expectedVersion);
  if (plan.events.length === 0) return user;
  const { columns } = plan;
  await writeExtensionValues(tx, tx.schema.user, user.id, user.attributes, columns.attributes);
  sendPlans(tx, [plan]);
  recordPlan(tx, plan);
  const managerDisplayName =
    columns.managerId === user.managerId ? user.managerDisplayName : await managerName(tx, columns.managerId);
  return toChanged(columns, user, tx.now, managerDisplayName);
}

/** Deletes a user and returns its last state. Throws NOT_FOUND or VERSION_CONFLICT. */
export async function executeDeleteUser(
  tx: Transaction,
  command: DeleteUser,
  expectedVersion: ExpectedVersion | undefined,
): Promise<StoredUser> {
  const key = [tx.directoryId, command.id];
  tx.send(LOCK_GROUPS, key);
  const [user] = await tx.rows<StoredUser>(LOCK_FOR_DELETE, key);
  if (!user) throw notFound('user', command.id);
  assertVersion(user.version, expectedVersion);
  // Concurrent transactions that added the user to a group have committed: under the lock, this list is complete.
  const groups = await tx.rows<{ id: string; displayName: string }>(DELETE_MEMBERSHIPS, [...key, tx.now]);
  const reports = await tx.rows<Pick<StoredUser, 'id' | 'userName' | 'externalId'>>(CLEAR_MANAGER, [...key, tx.now]);
  await writeExtensionValues(tx, tx.schema.user, user.id, user.attributes, {});
  updateEmailIndex(tx, { userId: user.id, before: toEmailKeys(user.attributes), after: [] });
  tx.send(DELETE, key);
  for (const report of reports) tx.record(managerCleared(report));
  tx.record(deleteUser({ ...user, groups }), { users: -1 });
  return user;
}

async function managerName(tx: Transaction, managerId: string | null): Promise<string | null> {
  if (managerId === null) return null;
  const [manager] = await tx.rows<{ displayName: string | null }>(MANAGER_NAME, [tx.directoryId, managerId]);
  return manager?.displayName ?? null;
}
