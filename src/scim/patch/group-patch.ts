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
 * Converts a PATCH of a group to commands: one for its attributes, then separate ones for its members, in order.
 * Adjacent member commands of one type are merged. The cost of a member change depends on the change, not on the size
 * of the group.
 *
 * @throws DomainError INVALID_REFERENCE or INVALID_VALUE for members to add that cannot exist
 * @throws ScimError 400 invalidPath for a filter on members other than equality of `value` or `$ref`, mutability for a
 *   change of a sub-attribute of a member
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

/** Merges two commands of one type: the second of two replacements wins; additions and removals are combined. */
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

/**
 * Converts an operation at `members[value eq "u1"]`. The flagged dialect removes members this way; `add` adds the
 * members that the filter names.
 */
function toSelectedMemberCommand(groupId: string, op: AttributeOperation['op'], where: Expression): MemberCommand {
  const selected = selectedIds(where).map((value) => ({ value }));
  switch (op) {
    case 'add':
      if (selected.length === 0) throw new DomainError('INVALID_REFERENCE', 'A member is not known', 'members.$ref');
      return { type: 'AddMembers', groupId, memberIds: parseMemberIds(selected) };
    case 'replace':
      throw unchangeable();
    case 'remove':
      return { type: 'RemoveMembers', groupId, memberIds: readRemovedIds(selected) };
  }
}

/**
 * Collects the ids from a filter such as `value eq "u1" or $ref eq "https://…/Users/u2"`. Other filters are refused,
 * because they would require reading the members. A URI of another service matches no member.
 */
function selectedIds(where: Expression): string[] {
  if (where.kind === 'or') return where.operands.flatMap(selectedIds);
  if (where.kind === 'constant' && !where.value) return [];
  const literal = where.kind === 'compare' && where.operator === 'eq' ? where.value : undefined;
  const name = where.kind === 'compare' ? where.path.subAttribute?.name : undefined;
  if (typeof literal === 'string' && name === 'value') return [literal];
  if (typeof literal === 'string' && name === '$ref') return idsOf(cutUri(literal));
  throw new ScimError(400, 'Members are selected by value or $ref eq "…", or by several joined with or', 'invalidPath');
}

/** Returns the id of a URI of a user or group. Ids are unique across both, so the type is not needed. */
function idsOf({ endpoint, id }: ReturnType<typeof cutUri>): string[] {
  return [USER_SCHEMA, GROUP_SCHEMA].some((type) => type.endpoint === endpoint) ? [id] : [];
}

/** Creates the error for a change of a sub-attribute: those of a member are immutable (RFC 7643 §4.2). */
function unchangeable(): ScimError {
  return new ScimError(400, 'A member is added or removed, not changed', 'mutability');
}
