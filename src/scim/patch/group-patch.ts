import type { AddMembers, Command, RemoveMembers, ReplaceMembers } from '../../domain/command.js';
import type { Expression } from '../../domain/expression.js';
import type { AttributeOperation } from '../../domain/schema/attribute-operation.js';
import { GROUP_URN } from '../../domain/schema/core-group.js';
import { ScimError } from '../errors.js';
import { parseMemberIds, readRemovedIds } from './member-ids.js';

type MemberCommand = AddMembers | RemoveMembers | ReplaceMembers;

/**
 * What a PATCH of a group asks of the domain: its attributes in one command, its members in commands of their own, in
 * order, neighbours of one kind as one, so that a change of members costs what is changed and not what is there.
 *
 * @throws DomainError INVALID_REFERENCE or INVALID_VALUE for members to add that can be nobody
 * @throws ScimError 400 invalidPath for a filter on members other than equality of `value`, mutability for a change
 *   inside a member
 */
export function toGroupCommands(id: string, operations: readonly AttributeOperation[]): Command[] {
  const ofAttributes = operations.filter((operation) => !isAboutMembers(operation));
  const commands: Command[] = ofAttributes.length > 0 ? [{ type: 'UpdateGroup', id, operations: ofAttributes }] : [];
  return [...commands, ...toMemberCommands(id, operations.filter(isAboutMembers))];
}

function isAboutMembers({ path }: AttributeOperation): boolean {
  return path.urn === GROUP_URN && path.attribute.name === 'members';
}

function toMemberCommands(groupId: string, operations: readonly AttributeOperation[]): MemberCommand[] {
  const commands: MemberCommand[] = [];
  for (const operation of operations) {
    const command = toMemberCommand(groupId, operation);
    const last = commands.at(-1);
    if (command.type !== 'ReplaceMembers' && command.memberIds.length === 0) continue;
    if (last?.type === command.type) commands[commands.length - 1] = merge(last, command);
    else commands.push(command);
  }
  return commands;
}

/** Of two replacements the second counts; additions and removals add up. */
function merge(first: MemberCommand, second: MemberCommand): MemberCommand {
  if (second.type === 'ReplaceMembers') return second;
  return { ...second, memberIds: [...new Set([...first.memberIds, ...second.memberIds])] };
}

function toMemberCommand(groupId: string, operation: AttributeOperation): MemberCommand {
  const { op, path, where, value } = operation;
  if (path.subAttribute) throw unchangeable();
  if (where) return toSelectedMemberCommand(groupId, op, where);
  switch (op) {
    case 'add':
      return { type: 'AddMembers', groupId, memberIds: parseMemberIds(value) };
    case 'replace':
      return { type: 'ReplaceMembers', groupId, memberIds: parseMemberIds(value) };
    case 'remove':
      if (value === undefined) return { type: 'ReplaceMembers', groupId, memberIds: [] };
      return { type: 'RemoveMembers', groupId, memberIds: readRemovedIds(Array.isArray(value) ? value : [value]) };
  }
}

/** `members[value eq "u1"]`: the flagged dialect removes so. To add so means the member that the filter describes. */
function toSelectedMemberCommand(groupId: string, op: AttributeOperation['op'], where: Expression): MemberCommand {
  const selected = selectedIds(where).map((value) => ({ value }));
  switch (op) {
    case 'add':
      return { type: 'AddMembers', groupId, memberIds: parseMemberIds(selected) };
    case 'replace':
      throw unchangeable();
    case 'remove':
      return { type: 'RemoveMembers', groupId, memberIds: readRemovedIds(selected) };
  }
}

/** The ids in `value eq "u1" or value eq "u2"`. Any other filter would have to read the member list to be answered. */
function selectedIds(where: Expression): string[] {
  if (where.kind === 'or') return where.operands.flatMap(selectedIds);
  const isIdentity = where.kind === 'compare' && where.operator === 'eq' && where.path.subAttribute?.name === 'value';
  if (!isIdentity || typeof where.value !== 'string') {
    throw new ScimError(400, 'Members are selected by value eq "…", or by several joined with or', 'invalidPath');
  }
  return [where.value];
}

/** The sub-attributes of a member are immutable (RFC 7643 §4.2). */
function unchangeable(): ScimError {
  return new ScimError(400, 'A member is added or removed, not changed', 'mutability');
}
