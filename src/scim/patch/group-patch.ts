import type { AddMembers, Command, RemoveMembers, ReplaceMembers } from '../../domain/command.js';
import { DomainError } from '../../domain/errors.js';
import type { Expression } from '../../domain/expression.js';
import { cutUri } from '../../domain/resource-uri.js';
import type { AttributeOperation } from '../../domain/schema/attribute-operation.js';
import { GROUP_URN } from '../../domain/schema/core-group.js';
import { GROUP_SCHEMA, USER_SCHEMA } from '../../domain/schema/resource-schema.js';
import { ScimError } from '../errors.js';
import { parseMemberIds, readRemovedIds } from './member-ids.js';

type MemberCommand = AddMembers | RemoveMembers | ReplaceMembers;

/**
 * What a PATCH of a group asks of the domain: its attributes in one command, its members in commands of their own, in
 * order, neighbours of one kind as one, so that a change of members costs what is changed and not what is there.
 *
 * @throws DomainError INVALID_REFERENCE or INVALID_VALUE for members to add that can be nobody
 * @throws ScimError 400 invalidPath for a filter on members other than equality of `value` or `$ref`, mutability for a
 *   change inside a member
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
      if (selected.length === 0) {
        const message = 'The $ref of a member must be the URI of a user or group';
        throw new DomainError('INVALID_REFERENCE', message, 'members.$ref');
      }
      return { type: 'AddMembers', groupId, memberIds: parseMemberIds(selected) };
    case 'replace':
      throw unchangeable();
    case 'remove':
      return { type: 'RemoveMembers', groupId, memberIds: readRemovedIds(selected) };
  }
}

/**
 * The ids in `value eq "u1" or $ref eq "https://…/Users/u2"`. Any other filter would have to read the member list to be
 * answered. A URI that is none of ours leads to no member.
 */
function selectedIds(where: Expression): string[] {
  if (where.kind === 'or') return where.operands.flatMap(selectedIds);
  if (where.kind === 'constant' && !where.value) return [];
  const literal = where.kind === 'compare' && where.operator === 'eq' ? where.value : undefined;
  const name = where.kind === 'compare' ? where.path.subAttribute?.name : undefined;
  if (typeof literal === 'string' && name === 'value') return [literal];
  if (typeof literal === 'string' && name === '$ref') return idsOf(cutUri(literal));
  const detail = 'A filter on members must test value or $ref with eq; several such tests can be joined with or';
  throw new ScimError(400, detail, 'invalidPath');
}

/** An id is one resource's alone: whether it is a user's or a group's need not be asked. */
function idsOf({ endpoint, id }: ReturnType<typeof cutUri>): string[] {
  return [USER_SCHEMA, GROUP_SCHEMA].some((type) => type.endpoint === endpoint) ? [id] : [];
}

/** The sub-attributes of a member are immutable (RFC 7643 §4.2). */
function unchangeable(): ScimError {
  return new ScimError(400, 'A member cannot be changed, only added or removed', 'mutability');
}
