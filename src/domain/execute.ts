import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from './actor.js';
import type { Command } from './command.js';
import { DomainError } from './errors.js';
import type { StoredEvent } from './event/event.js';
import { executeCreateGroup, executeDeleteGroup, executeUpdateGroup } from './group/group-commands.js';
import type { StoredGroup } from './group/group-row.js';
import { GroupStates } from './group/group-state.js';
import type { Clock } from './id.js';
import { addMembers, executeMembers } from './membership/membership-commands.js';
import { poolOf } from './statement.js';
import { Transaction } from './transaction.js';
import { executeCreateUser, executeDeleteUser, executeUpdateUser } from './user/user-commands.js';
import type { StoredUser } from './user/user-row.js';

/** What a transaction left behind. */
export interface Outcome {
  /** The events, in order; empty when nothing changed and nothing was written. */
  readonly events: readonly StoredEvent[];
  /** The user that the last user command left; as it was before where it deleted it. */
  readonly user?: StoredUser;
  /** The group that the last group or member command left; as it was before where it deleted it. */
  readonly group?: StoredGroup;
}

/** Told of every commit that left events, so that readers in this process wake at once. */
export type CommitListener = (events: readonly StoredEvent[]) => void;

const listeners = new WeakMap<object, CommitListener>();

/** Registers who is told of commits made through this ORM. One listener for each ORM: the feed. */
export function onCommit(em: EntityManager, listener: CommitListener): void {
  listeners.set(em.getConnection(), listener);
}

const MAX_ATTEMPTS = 10;
/** Deadlock detected, serialization failure: another transaction was first, and trying again is the answer. */
const RETRIED = new Set(['40P01', '40001']);

/**
 * The one door for every change of users, groups and memberships: runs the commands in one transaction, in order, and
 * lets it go with the events they caused. Nothing changed, nothing written. Fails as a whole.
 *
 * @param actor who acts and in which directory
 * @param expectedVersion the version that the first command's target must have
 * @throws DomainError as the commands do; nothing has happened then
 */
export async function execute(
  em: EntityManager,
  actor: Actor,
  commands: readonly Command[],
  expectedVersion?: number,
  clock: Clock = Date.now,
): Promise<Outcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await executeOnce(em, actor, commands, expectedVersion, clock);
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !RETRIED.has(sqlState(error))) throw toDomainError(error);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * attempt));
    }
  }
}

async function executeOnce(
  em: EntityManager,
  actor: Actor,
  commands: readonly Command[],
  expectedVersion: number | undefined,
  clock: Clock,
): Promise<Outcome> {
  const pool = await poolOf(em);
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const tx = new Transaction(client, actor, clock);
    try {
      tx.begin();
      const { groups, ...outcome } = await run(tx, commands, expectedVersion);
      groups.flush();
      const events = await tx.commit();
      if (events.length > 0) listeners.get(em.getConnection())?.(events);
      return { ...outcome, events };
    } catch (error) {
      await tx.rollback().catch((failure: unknown) => {
        broken = failure as Error;
      });
      throw error;
    }
  } finally {
    client.release(broken);
  }
}

type Ran = Omit<Outcome, 'events'> & { readonly groups: GroupStates };

async function run(tx: Transaction, commands: readonly Command[], expectedVersion: number | undefined): Promise<Ran> {
  const groups = new GroupStates(tx);
  let user: StoredUser | undefined;
  let group: StoredGroup | undefined;
  let groupId: string | undefined;
  for (const [index, command] of commands.entries()) {
    const version = index === 0 ? expectedVersion : undefined;
    switch (command.type) {
      case 'CreateUser':
        user = await executeCreateUser(tx, command);
        break;
      case 'UpdateUser':
      case 'ReplaceUser':
        user = await executeUpdateUser(tx, command, version);
        break;
      case 'DeleteUser':
        user = await executeDeleteUser(tx, command, version);
        break;
      case 'CreateGroup':
        group = executeCreateGroup(tx, command);
        groups.created(group);
        await addMembers(tx, groups, command.id, command.memberIds);
        groupId = command.id;
        break;
      case 'UpdateGroup':
      case 'ReplaceGroup':
        await executeUpdateGroup(tx, groups, command, version);
        groupId = command.id;
        break;
      case 'DeleteGroup':
        group = await executeDeleteGroup(tx, command, version);
        groupId = undefined;
        break;
      case 'AddMembers':
      case 'RemoveMembers':
      case 'ReplaceMembers':
        await executeMembers(tx, groups, command, version);
        groupId = command.groupId;
        break;
    }
  }
  if (groupId !== undefined) group = groups.stored(groupId);
  return { groups, ...(user ? { user } : {}), ...(group ? { group } : {}) };
}

function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What the database refuses by a constraint, in the domain's words. Everything else stays what it is. */
function toDomainError(error: unknown): unknown {
  const constraint = error instanceof Error && 'constraint' in error ? error.constraint : undefined;
  switch (constraint) {
    case 'users_user_name_key':
      return new DomainError('ALREADY_EXISTS', 'Another user of the directory has this userName', 'userName');
    case 'groups_display_name_key':
      return new DomainError('ALREADY_EXISTS', 'Another group of the directory has this displayName', 'displayName');
    case 'users_manager_fkey':
      return new DomainError('INVALID_REFERENCE', 'No user of the directory has the id of the manager', 'manager');
    case 'memberships_user_fkey':
    case 'memberships_nested_group_fkey':
      return new DomainError('INVALID_REFERENCE', 'A member was deleted in the meantime', 'members');
    case 'users_directory_id_fkey':
    case 'groups_directory_id_fkey':
      return new DomainError('NOT_FOUND', 'The directory has been deleted');
    default:
      return error;
  }
}
