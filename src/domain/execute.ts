import type { Actor } from './kernel/actor.js';
import { targetOf, type Command } from './write/command.js';
import { DomainError } from './kernel/errors.js';
import type { CommittedEvents } from './event/event-batch.js';
import type { StoredEvent } from './event/event.js';
import { executeCreateGroup, executeDeleteGroup, executeUpdateGroup } from './group/group-commands.js';
import type { StoredGroup } from './group/group-row.js';
import { GroupStates } from './group/group-state.js';
import { claimKey, type IdempotencyKey } from './idempotency/idempotency.js';
import { addMembers, executeMembers } from './membership/membership-commands.js';
import { lockInOrder } from './write/lock-order.js';
import type { ExpectedVersion } from './kernel/precondition.js';
import type { Store } from './store.js';
import {
  executeCreateCustomResource,
  executeDeleteCustomResource,
  executeUpdateCustomResource,
} from './custom-resource/custom-resource-commands.js';
import type { StoredCustomResource } from './custom-resource/custom-resource-row.js';
import { sqlState } from './sql/statement.js';
import { inTransaction, type Transaction } from './write/transaction.js';
import { executeCreateUser, executeDeleteUser, executeUpdateUser } from './user/user-commands.js';
import type { StoredUser } from './user/user-row.js';
import { isUserWrite } from './user/group-commit.js';

/** What a transaction left behind. */
export interface Outcome {
  /** Whether anything was written. */
  readonly changed: boolean;
  /**
   * The events, in order; empty when nothing changed, and for resources of a directory's own types. Made when they are
   * asked for: there may be a hundred thousand.
   */
  readonly events: readonly StoredEvent[];
  /** The user that the last user command left; as it was before where it deleted it. */
  readonly user?: StoredUser;
  /** The group that the last group or member command left; as it was before where it deleted it. */
  readonly group?: StoredGroup;
  /** The resource that the last command of one left; as it was before where it deleted it. */
  readonly resource?: StoredCustomResource;
  /** The id of what the first command was about when the same request, by its idempotency key, was executed before. */
  readonly replayOf?: string;
}

const MAX_ATTEMPTS = 10;
/** Deadlock detected, serialization failure: another transaction was first, and trying again is the answer. */
const RETRIED = new Set(['40P01', '40001']);

/**
 * The one door for every change of users, groups, memberships and other resources: runs the commands in one transaction, in order, and
 * lets it go with the events they caused. Nothing changed, nothing written. Fails as a whole.
 *
 * @param actor who acts and in which directory
 * @param expectedVersion which version the first command's target must have
 * @param key runs the commands once: with a key that was executed before, nothing happens and `replayOf` says so
 * @throws DomainError as the commands do, or IDEMPOTENCY_KEY_REUSED; nothing has happened then
 */
export async function execute(
  store: Store,
  actor: Actor,
  commands: readonly Command[],
  expectedVersion?: ExpectedVersion,
  key?: IdempotencyKey,
): Promise<Outcome> {
  const { observer } = store;
  const start = performance.now();
  const report = (outcome: 'changed' | 'unchanged' | 'failed'): void => {
    const [first] = commands;
    if (first) observer.onExecuted?.(first.type, outcome, (performance.now() - start) / 1000);
  };
  try {
    const { committed, ...outcome } = await executeAll(store, actor, commands, expectedVersion, key);
    report(outcome.changed ? 'changed' : 'unchanged');
    if (committed) observer.onCommit?.(committed);
    return {
      ...outcome,
      get events() {
        return committed?.toEvents() ?? [];
      },
    };
  } catch (error) {
    report('failed');
    // Another process may have removed or changed the schema a moment ago: the next attempt shall know.
    if (error instanceof DomainError && error.code === 'UNKNOWN_SCHEMA') {
      store.schemas.forget(actor.directoryId);
    }
    throw toDomainError(error);
  }
}

type Executed = Omit<Outcome, 'events'> & { readonly committed: CommittedEvents | undefined };

/** One write of one user goes with those of others; everything else has a transaction of its own. */
function executeAll(
  store: Store,
  actor: Actor,
  commands: readonly Command[],
  expectedVersion: ExpectedVersion | undefined,
  key: IdempotencyKey | undefined,
): Promise<Executed> {
  const alone = (): Promise<Executed> => executeWithRetries(store, actor, commands, expectedVersion, key);
  const [command, ...others] = commands;
  if (!command || others.length > 0 || key || !isUserWrite(command)) return alone();
  return store.userWriter.write({ actor, command, expectedVersion, alone });
}

async function executeWithRetries(
  store: Store,
  actor: Actor,
  commands: readonly Command[],
  expectedVersion: ExpectedVersion | undefined,
  key: IdempotencyKey | undefined,
): Promise<Executed> {
  for (let number = 1; ; number++) {
    try {
      return await attempt(store, actor, commands, expectedVersion, key);
    } catch (error) {
      if (number === MAX_ATTEMPTS || !RETRIED.has(sqlState(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * number));
    }
  }
}

function attempt(
  store: Store,
  actor: Actor,
  commands: readonly Command[],
  expectedVersion: ExpectedVersion | undefined,
  key: IdempotencyKey | undefined,
): Promise<Executed> {
  return inTransaction(store, actor.directoryId, async (tx) => {
    tx.actAs(actor);
    const replayOf = await claim(tx, commands, key);
    if (replayOf !== undefined) {
      await tx.rollback();
      return { changed: false, committed: undefined, replayOf };
    }
    const { groups, ...outcome } = await run(tx, commands, expectedVersion);
    groups.flush();
    const [committed] = await tx.commit();
    return { ...outcome, changed: tx.hasChanged, committed };
  });
}

/** Takes the key in the transaction of the commands; gives the id of the first time when there was one. */
async function claim(
  tx: Transaction,
  [first]: readonly Command[],
  key: IdempotencyKey | undefined,
): Promise<string | undefined> {
  if (!key || !first) return undefined;
  tx.ensureCommit();
  return claimKey((text, values) => tx.rows({ text }, values), key, targetOf(first));
}

type Ran = Omit<Outcome, 'events' | 'changed'> & { readonly groups: GroupStates };

async function run(
  tx: Transaction,
  commands: readonly Command[],
  expectedVersion: ExpectedVersion | undefined,
): Promise<Ran> {
  lockInOrder(tx, commands);
  const groups = new GroupStates(tx);
  let user: StoredUser | undefined;
  let group: StoredGroup | undefined;
  let groupId: string | undefined;
  let resource: StoredCustomResource | undefined;
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
        group = await executeCreateGroup(tx, command);
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
      case 'CreateResource':
        resource = await executeCreateCustomResource(tx, command);
        break;
      case 'UpdateResource':
      case 'ReplaceResource':
        resource = await executeUpdateCustomResource(tx, command, version);
        break;
      case 'DeleteResource':
        resource = await executeDeleteCustomResource(tx, command, version);
        break;
    }
  }
  if (groupId !== undefined) group = groups.stored(groupId);
  return { groups, ...(user ? { user } : {}), ...(group ? { group } : {}), ...(resource ? { resource } : {}) };
}

/** What the database refuses by a constraint, in the domain's words. Everything else stays what it is. */
function toDomainError(error: unknown): unknown {
  const constraint = error instanceof Error && 'constraint' in error ? error.constraint : undefined;
  switch (constraint) {
    case 'users_user_name_key':
      return new DomainError('ALREADY_EXISTS', 'Another user of the directory has this userName', 'userName');
    case 'groups_display_name_key':
      return new DomainError('ALREADY_EXISTS', 'Another group of the directory has this displayName', 'displayName');
    case 'unique_values_pkey':
      return takenValue(error);
    case 'users_manager_fkey':
      return new DomainError('INVALID_REFERENCE', 'No user of the directory has the id of the manager', 'manager');
    case 'memberships_user_fkey':
    case 'memberships_nested_group_fkey':
      return new DomainError('INVALID_REFERENCE', 'A member was deleted in the meantime', 'members');
    case 'users_directory_id_fkey':
    case 'groups_directory_id_fkey':
    case 'unique_values_directory_id_fkey':
    case 'resources_directory_id_fkey':
      return new DomainError('NOT_FOUND', 'The directory has been deleted');
    default:
      return error;
  }
}

/** The server names the key in its detail: `(directory_id, attribute, value_hash)=(…, urn:example:User:badge, \\x…)`. */
function takenValue(error: unknown): DomainError {
  const detail = error instanceof Error && 'detail' in error ? String(error.detail) : '';
  const attribute = /=\([^,]+, (.+), \\x/.exec(detail)?.[1];
  const message = `Another resource of the directory has this value of ${attribute ?? 'a unique attribute'}`;
  return new DomainError('ALREADY_EXISTS', message, attribute);
}
