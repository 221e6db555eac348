import type { AddMembers, Command, RemoveMembers, ReplaceMembers } from '../../domain/write/command.js';
import { DomainError } from '../../domain/kernel/errors.js';
import type { Expression } from '../../domain/search/expression.js';
import { cutUri } from '../../domain/search/resource-uri.js';
import type { AttributeOperation } from '../../domain/attributes/attribute-operation.js';
import { GROUP_URN } from '../../domain/schema/core-group.js';
import { GROUP_SCHEMA, USER_SCHEMA } from '../../domain/schema/resource-schema.js';
import { ScimError } from '../protocol/errors.js';
import { parseMemberIds, readRemovedIds } from './member-ids.js';

type MemberCommand = AddMembers | RemoveMembers | ReplaceMembers;

/**
 * Translates a PATCH of a group into commands: one for its attributes and at most two for its members, so that the cost
 * depends on the number of changed members and not on the size of the group.
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

/**
 * The net effect of the operations: for each member the last one decides. Executed one by one, an addition and a removal of
 * the same member would leave two events and a new version of a group that is as it was.
 */
function toMemberCommands(groupId: string, operations: readonly AttributeOperation[]): MemberCommand[] {
  let isReplaced = false;
  const isMember = new Map<string, boolean>();
  for (const operation of operations) {
    const { type, memberIds } = toMemberCommand(groupId, operation);
    if (type === 'ReplaceMembers') {
      isReplaced = true;
      isMember.clear();
    }
    for (const id of memberIds) isMember.set(id, type !== 'RemoveMembers');
  }
  const added = [...isMember.keys()].filter((id) => isMember.get(id));
  if (isReplaced) return [{ type: 'ReplaceMembers', groupId, memberIds: added }];
  const removed = [...isMember.keys()].filter((id) => !isMember.get(id));
  const addition: MemberCommand = { type: 'AddMembers', groupId, memberIds: added };
  const removal: MemberCommand = { type: 'RemoveMembers', groupId, memberIds: removed };
  const [isAdditionFirst] = isMember.values();
  const commands = isAdditionFirst ? [addition, removal] : [removal, addition];
  return commands.filter(({ memberIds }) => memberIds.length > 0);
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
  const detail = 'A filter on members must test value or $ref with eq; several such tests can be joined with or';
  throw new ScimError(400, detail, 'invalidPath');
}

/** Returns the id of a URI of a user or group. Ids are unique across both, so the type is not needed. */
function idsOf({ endpoint, id }: ReturnType<typeof cutUri>): string[] {
  return [USER_SCHEMA, GROUP_SCHEMA].some((type) => type.endpoint === endpoint) ? [id] : [];
}

/** Creates the error for a change of a sub-attribute: those of a member are immutable (RFC 7643 §4.2). */
function unchangeable(): ScimError {
  return new ScimError(400, 'A member cannot be changed, only added or removed', 'mutability');
}
