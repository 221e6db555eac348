import { parseAttributePath } from '../../client/attribute-path.js';
import { toText } from '../../client/json.js';
import type { Values } from '../../client/resource-body.js';
import { isReference, matchingRows } from '../../profile/profile.js';
import type { Change } from '../dialect/patch-writer.js';
import { patch, readBeforeChange, remove } from '../session/entra-requests.js';
import type { ExpectedGroup, ExpectedUser } from '../session/expected-state.js';
import type { Session } from '../session/session.js';
import { addMembers } from './initial-cycle.js';

/** Changes most attributes of every user, and the matching attributes of every fifth. */
export async function changeUsers(session: Session): Promise<void> {
  if (session.unsupported.has('patch')) return;
  await session.forEach(session.expected.usersInOrder, async (user) => {
    const newValues = session.personas.user(user.n, 2);
    const changes = toChanges(session, user.values, newValues, user.n % 5 === 0);
    await changeUser(session, user, changes);
  });
}

/** Reads a user and writes the changes in one PATCH, as Entra does. */
export async function changeUser(session: Session, user: ExpectedUser, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  await readBeforeChange(session, '/Users', user.id);
  user.isUncertain = true;
  const operations = session.writer(user.n).toChange(changes);
  const response = await patch(session, '/Users', user.id, operations, 'change user');
  session.accept(response, 'patch-refused', 'change user');
  user.values = { ...user.values, ...Object.fromEntries(changes.map(({ path, value }) => [path, value])) };
  user.isUncertain = false;
}

/**
 * The changes from one set of values to another, except `active`, paths that the endpoint does not support, and, unless the user
 * is renamed, matching attributes.
 */
export function toChanges(session: Session, values: Values, newValues: Values, isRename: boolean): readonly Change[] {
  const { users } = session.profile;
  const matchingPaths = new Set(matchingRows(users).map(({ path }) => path));
  return users
    .filter((row) => !isReference(row) && row.type !== 'Array' && canChange(session, row.path))
    .filter(({ path }) => isRename || !matchingPaths.has(path))
    .flatMap(({ path }) => {
      const value = newValues[path];
      return value === undefined || value === values[path] ? [] : [{ path, value }];
    });
}

function canChange({ unsupported }: Session, path: string): boolean {
  const { urn, where } = parseAttributePath(path) ?? {};
  if (path === 'active' || (urn !== undefined && unsupported.has('extension-paths'))) return false;
  if (where === undefined) return true;
  return !unsupported.has('filtered-paths') && (where.name !== 'primary' || !unsupported.has('primary-filters'));
}

/** Removes and adds members, renames every third group, and deletes the last one. */
export async function changeGroups(session: Session): Promise<void> {
  const groups = session.expected.groupsInOrder;
  const users = session.expected.usersInOrder.map(({ id }) => id);
  await session.forEach(groups, async (group) => {
    await readBeforeChange(session, '/Groups', group.id);
    await session.attempt(() => changeMembers(session, group, users));
    if (group.n % 3 === 1 && !session.unsupported.has('change-group')) await renameGroup(session, group);
  });
  const last = groups.length > 2 && !session.unsupported.has('delete') ? groups.at(-1) : undefined;
  if (!last) return;
  await session.attempt(async () => {
    const response = await remove(session, '/Groups', last.id);
    session.accept(response, 'delete-refused', 'delete group', [200, 202, 204]);
    const name = `group ${toText(last.values['displayName'])}`;
    session.created.remove('/Groups', last.id);
    session.expected.delete({ collection: '/Groups', id: last.id, name });
  });
}

async function changeMembers(session: Session, group: ExpectedGroup, users: readonly string[]): Promise<void> {
  const present = [...group.members];
  const leaving = present.slice(0, Math.ceil(present.length / 10));
  if (!session.unsupported.has('remove-members') && leaving.length > 0) {
    group.isUncertain = true;
    for (const ids of session.avoid.has('member-batches') ? leaving.map((id) => [id]) : [leaving]) {
      const operations = session.writer(group.n).toMemberRemoval(ids);
      const response = await patch(session, '/Groups', group.id, operations, 'remove members');
      session.accept(response, 'removal-by-value-refused', 'remove members');
    }
    for (const id of leaving) group.members.delete(id);
    group.isUncertain = false;
  }
  const joining = firstOf(users, 3, new Set(present));
  if (!session.unsupported.has('add-members') && joining.length > 0) await addMembers(session, group, joining);
}

/** The first ids that are not excluded, without a pass over all of them. */
function firstOf(ids: readonly string[], count: number, excluded: ReadonlySet<string>): readonly string[] {
  return ids
    .values()
    .filter((id) => !excluded.has(id))
    .take(count)
    .toArray();
}

async function renameGroup(session: Session, group: ExpectedGroup): Promise<void> {
  const newValues = session.personas.group(group.n, 2);
  const changes = Object.entries(newValues)
    .filter(([path]) => path !== 'members')
    .map(([path, value]) => ({ path, value }));
  group.isUncertain = true;
  const operations = session.writer(group.n).toChange(changes);
  const response = await patch(session, '/Groups', group.id, operations, 'rename group');
  session.accept(response, 'group-change-refused', 'rename group');
  group.values = newValues;
  group.isUncertain = false;
}
