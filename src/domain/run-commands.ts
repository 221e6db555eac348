import { executeCreateGroup, executeDeleteGroup, executeUpdateGroup } from './group/group-commands.js';
import type { StoredGroup } from './group/group-row.js';
import { GroupStates } from './group/group-state.js';
import {
  executeCreateCustomResource,
  executeDeleteCustomResource,
  executeUpdateCustomResource,
} from './custom-resource/custom-resource-commands.js';
import type { StoredCustomResource } from './custom-resource/custom-resource-row.js';
import type { ExpectedVersion } from './kernel/precondition.js';
import { addMembers, executeMembers } from './membership/membership-commands.js';
import { executeCreateUser, executeDeleteUser, executeUpdateUser } from './user/user-commands.js';
import type { StoredUser } from './user/user-row.js';
import type { Command } from './write/command.js';
import { lockInOrder } from './write/lock-order.js';
import type { Transaction } from './write/transaction.js';

/** The object that the last command of each kind changed: as stored, or as it was before its deletion. */
export interface CommandResults {
  user?: StoredUser;
  group?: StoredGroup;
  resource?: StoredCustomResource;
}

/** The state of one run of commands. */
interface Run {
  readonly tx: Transaction;
  readonly groups: GroupStates;
  readonly results: CommandResults;
  /** The group that the last group or member command changed; it is read from `groups` at the end. */
  groupId?: string | undefined;
}

/** Defines how one type of command is executed. */
interface CommandType<C extends Command> {
  /** The row to lock before the first of several commands runs; absent for commands that create an object. */
  readonly locks?: { readonly kind: 'user' | 'group'; id(command: C): string };
  run(run: Run, command: C, version: ExpectedVersion | undefined): Promise<void>;
}

const LOCKS_USER = { kind: 'user', id: (command: { readonly id: string }) => command.id } as const;
const LOCKS_GROUP = { kind: 'group', id: (command: { readonly id: string }) => command.id } as const;

const UPDATE_USER: CommandType<Extract<Command, { type: 'UpdateUser' | 'ReplaceUser' }>> = {
  locks: LOCKS_USER,
  async run({ tx, results }, command, version) {
    results.user = await executeUpdateUser(tx, command, version);
  },
};

const UPDATE_GROUP: CommandType<Extract<Command, { type: 'UpdateGroup' | 'ReplaceGroup' }>> = {
  locks: LOCKS_GROUP,
  async run(run, command, version) {
    await executeUpdateGroup(run.tx, run.groups, command, version);
    run.groupId = command.id;
  },
};

const CHANGE_MEMBERS: CommandType<Extract<Command, { type: 'AddMembers' | 'RemoveMembers' | 'ReplaceMembers' }>> = {
  locks: { kind: 'group', id: (command) => command.groupId },
  async run(run, command, version) {
    await executeMembers(run.tx, run.groups, command, version);
    run.groupId = command.groupId;
  },
};

const UPDATE_RESOURCE: CommandType<Extract<Command, { type: 'UpdateResource' | 'ReplaceResource' }>> = {
  async run({ tx, results }, command, version) {
    results.resource = await executeUpdateCustomResource(tx, command, version);
  },
};

/** The definitions of all command types. The compiler reports a missing one. */
const COMMANDS: { readonly [T in Command['type']]: CommandType<Extract<Command, { type: T }>> } = {
  CreateUser: {
    async run({ tx, results }, command) {
      results.user = await executeCreateUser(tx, command);
    },
  },
  UpdateUser: UPDATE_USER,
  ReplaceUser: UPDATE_USER,
  DeleteUser: {
    locks: LOCKS_USER,
    async run({ tx, results }, command, version) {
      results.user = await executeDeleteUser(tx, command, version);
    },
  },
  CreateGroup: {
    async run(run, command) {
      run.groups.created(await executeCreateGroup(run.tx, command));
      await addMembers(run.tx, run.groups, command.id, command.memberIds);
      run.groupId = command.id;
    },
  },
  UpdateGroup: UPDATE_GROUP,
  ReplaceGroup: UPDATE_GROUP,
  DeleteGroup: {
    locks: LOCKS_GROUP,
    async run(run, command, version) {
      run.results.group = await executeDeleteGroup(run.tx, command, version);
      run.groupId = undefined;
    },
  },
  AddMembers: CHANGE_MEMBERS,
  RemoveMembers: CHANGE_MEMBERS,
  ReplaceMembers: CHANGE_MEMBERS,
  CreateResource: {
    async run({ tx, results }, command) {
      results.resource = await executeCreateCustomResource(tx, command);
    },
  },
  UpdateResource: UPDATE_RESOURCE,
  ReplaceResource: UPDATE_RESOURCE,
  DeleteResource: {
    async run({ tx, results }, command, version) {
      results.resource = await executeDeleteCustomResource(tx, command, version);
    },
  },
};

/**
 * Runs commands in order inside a transaction, without committing it.
 *
 * @param expectedVersion the version that the target of the first command must have
 * @throws the errors of the commands
 */
export async function runCommands(
  tx: Transaction,
  commands: readonly Command[],
  expectedVersion: ExpectedVersion | undefined,
): Promise<CommandResults> {
  const run: Run = { tx, groups: new GroupStates(tx), results: {} };
  const locked = { user: new Set<string>(), group: new Set<string>() };
  for (const command of commands) {
    const { locks } = typeOf(command);
    if (locks) locked[locks.kind].add(locks.id(command));
  }
  lockInOrder(tx, { userIds: locked.user, groupIds: locked.group });
  for (const [index, command] of commands.entries()) {
    await typeOf(command).run(run, command, index === 0 ? expectedVersion : undefined);
  }
  if (run.groupId !== undefined) run.results.group = run.groups.stored(run.groupId);
  run.groups.flush();
  return run.results;
}

/**
 * Returns the definition of a command. Methods are bivariant, so the compiler accepts it for the union of all commands.
 */
function typeOf(command: Command): CommandType<Command> {
  return COMMANDS[command.type];
}
