import { parseAttributes } from '../../domain/attributes/attributes.js';
import { findUser, listUsers, listUsersByIds, USERS } from '../../domain/user/user-queries.js';
import type { StoredUser } from '../../domain/user/user-row.js';
import { resolveManager } from '../patch/manager-reference.js';
import { toUserCommands } from '../patch/user-patch.js';
import type { Projection } from '../representation/projection.js';
import { toUserResource } from '../representation/user-resource.js';
import { ResourceEndpoints } from './endpoints.js';

/** The endpoints of users. Inactive users are found like all others: Entra reads them after it has disabled them. */
export const userEndpoints = new ResourceEndpoints<StoredUser>({
  noun: 'user',
  typeIn: ({ user }) => user,
  table: () => USERS,
  list: listUsers,
  find: ({ store, actor, id }, projection) => findUser(store, actor.directoryId, id, partsIn(projection)),
  listByIds: ({ store, actor }, ids, projection) => listUsersByIds(store, actor.directoryId, ids, partsIn(projection)),
  toResource: (user, _type, baseUrl) => toUserResource(user, baseUrl),
  resolveReferences: resolveManager,
  toCreate: (type, id, body) => [{ type: 'CreateUser', id, attributes: parseAttributes(type, body) }],
  toReplace: (type, id, body) => [{ type: 'ReplaceUser', id, attributes: parseAttributes(type, body) }],
  toPatch: (_type, id, operations) => toUserCommands(id, operations),
  toDelete: (_type, id) => [{ type: 'DeleteUser', id }],
  resultOf: ({ user }) => user,
});

function partsIn(projection: Projection): { readonly groups: boolean } {
  return { groups: projection.shows('groups') };
}
