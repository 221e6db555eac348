import { parseAttributes } from '../../domain/attributes/attributes.js';
import { findGroup, GROUPS, listGroupsByIds } from '../../domain/group/group-queries.js';
import type { StoredGroup } from '../../domain/group/group-row.js';
import { findKey, type JsonObject } from '../../domain/kernel/json.js';
import type { Command } from '../../domain/write/command.js';
import { toGroupCommands } from '../patch/group-patch.js';
import { parseMemberIds } from '../patch/member-ids.js';
import { readGroupRepresentation, readGroupRepresentations } from '../representation/group-representation.js';
import { toGroupResource } from '../representation/group-resource.js';
import { ResourceEndpoints } from './endpoints.js';

/**
 * The endpoints of groups. Members are streamed and have separate commands. With `excludedAttributes=members`, which
 * Entra sends, no membership is read.
 */
export const groupEndpoints = new ResourceEndpoints<StoredGroup>({
  noun: 'group',
  streamed: { name: 'members', read: readGroupRepresentation, readAll: readGroupRepresentations },
  typeIn: ({ group }) => group,
  table: () => GROUPS,
  find: ({ store, actor, id }) => findGroup(store, actor.directoryId, id),
  listByIds: ({ store, actor }, ids) => listGroupsByIds(store, actor.directoryId, ids),
  toResource: (group, _type, baseUrl) => toGroupResource(group, undefined, baseUrl),
  toCreate: (type, id, body) => {
    const memberIds = parseMemberIds(findKey(body, 'members'));
    return [{ type: 'CreateGroup', id, attributes: parseAttributes(type, withoutMembers(body)), memberIds }];
  },
  // An omitted `members` leaves them unchanged; `members: []` removes all.
  toReplace: (type, id, body) => {
    const commands: Command[] = [{ type: 'ReplaceGroup', id, attributes: parseAttributes(type, withoutMembers(body)) }];
    const members = findKey(body, 'members');
    if (members === undefined) return commands;
    return [...commands, { type: 'ReplaceMembers', groupId: id, memberIds: parseMemberIds(members) }];
  },
  toPatch: (_type, id, operations) => toGroupCommands(id, operations),
  toDelete: (_type, id) => [{ type: 'DeleteGroup', id }],
  resultOf: ({ group }) => group,
});

/**
 * Removes the members from a body. They are not attributes of the row, and the limit on elements does not apply to
 * them.
 */
function withoutMembers(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([key]) => key.toLowerCase() !== 'members'));
}
