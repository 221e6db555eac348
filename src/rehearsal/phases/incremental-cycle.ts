import { MANAGER_PATH, parseAttributePath } from '../attribute-path.js';
import type { Change } from '../dialect.js';
import { patch, remove } from '../entra.js';
import type { SentGroup, SentUser } from '../ledger.js';
import type { Values } from '../people.js';
import { isReference, maps, matchingRows } from '../profile.js';
import type { Session } from '../session.js';
import { addMembers } from './initial-cycle.js';

/** New values for most attributes of every user; every fifth gets a new name too. */
export async function changeUsers(session: Session): Promise<void> {
  if (session.unable.has('patch')) return;
  await session.forEach([...session.ledger.users.values()], async (user) => {
    const others = session.people.user(user.n, 2);
    const changes = toChanges(session, user.values, others, user.n % 5 === 0);
    await changeUser(session, user, changes);
  });
}

/** Writes the changes of one user in one PATCH, as Entra does. */
export async function changeUser(session: Session, user: SentUser, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  user.isUnsure = true;
  const operations = session.writer(user.n).toChange(changes);
  const answer = await patch(session, '/Users', user.id, operations, 'change user');
  session.accept(answer, 'patch-refused', 'change user');
  user.values = { ...user.values, ...Object.fromEntries(changes.map(({ path, value }) => [path, value])) };
  user.isUnsure = false;
}

/**
 * What can be changed of a user: all that differs, but for what the endpoint is known not to take, `active`, and, unless it
 * is a rename, what Entra matches by.
 */
export function toChanges(session: Session, values: Values, others: Values, isRename: boolean): readonly Change[] {
  const { users } = session.profile;
  const names = new Set(matchingRows(users).map(({ path }) => path));
  return users
    .filter((row) => !isReference(row) && row.type !== 'Array' && canChange(session, row.path))
    .filter(({ path }) => isRename || !names.has(path))
    .flatMap(({ path }) => {
      const value = others[path];
      return value === undefined || value === values[path] ? [] : [{ path, value }];
    });
}

function canChange({ unable }: Session, path: string): boolean {
  const { urn, where } = parseAttributePath(path) ?? {};
  if (path === 'active' || (urn !== undefined && unable.has('extension-paths'))) return false;
  if (where === undefined) return true;
  return !unable.has('filtered-paths') && (where.name !== 'primary' || !unable.has('primary-filters'));
}

/** Users leave: every tenth is disabled and every twentieth comes back, every tenth is unassigned, and some are deleted. */
export async function moveUsers(session: Session): Promise<void> {
  const users = [...session.ledger.users.values()];
  const leaving = users.filter(({ n }) => n % 10 === 3 || n % 10 === 7);
  const deleted = users.filter(({ n }) => n % 10 === 9);
  if (maps(session.profile.users, 'active') && !session.unable.has('disable')) {
    await session.forEach(leaving, (user) => setActive(session, user, false));
    await session.forEach(
      leaving.filter(({ n }) => n % 20 === 3),
      (user) => setActive(session, user, true),
    );
  }
  if (!session.unable.has('delete')) await session.forEach(deleted, (user) => deleteUser(session, user));
}

async function setActive(session: Session, user: SentUser, active: boolean): Promise<void> {
  user.isUnsure = true;
  const step = active ? 'enable user' : 'disable user';
  const answer = await patch(session, '/Users', user.id, session.writer(user.n).toActive(active), step);
  session.accept(answer, 'disable-refused', step);
  user.active = active;
  user.isUnsure = false;
}

async function deleteUser(session: Session, { id }: SentUser): Promise<void> {
  session.accept(await remove(session, '/Users', id), 'delete-refused', 'delete user', [200, 202, 204]);
  session.ledger.noteGone('/Users', id);
  for (const { members } of session.ledger.groups.values()) members.delete(id);
  for (const other of session.ledger.users.values()) if (other.managerId === id) other.managerId = undefined;
}

/** Some members go, others come; every third group gets a new name, and the last one is deleted. */
export async function changeGroups(session: Session): Promise<void> {
  const groups = [...session.ledger.groups.values()];
  const users = [...session.ledger.users.keys()];
  await session.forEach(groups, async (group) => {
    await session.attempt(() => changeMembers(session, group, users));
    if (group.n % 3 === 1 && !session.unable.has('change-group')) await renameGroup(session, group);
  });
  const last = groups.length > 2 && !session.unable.has('delete') ? groups.at(-1) : undefined;
  if (!last) return;
  await session.attempt(async () => {
    const answer = await remove(session, '/Groups', last.id);
    session.accept(answer, 'delete-refused', 'delete group', [200, 202, 204]);
    session.ledger.noteGone('/Groups', last.id);
  });
}

async function changeMembers(session: Session, group: SentGroup, users: readonly string[]): Promise<void> {
  const present = [...group.members];
  const leaving = present.slice(0, Math.ceil(present.length / 10));
  if (!session.unable.has('remove-members') && leaving.length > 0) {
    group.isUnsure = true;
    for (const ids of session.avoid.has('member-batches') ? leaving.map((id) => [id]) : [leaving]) {
      const operations = session.writer(group.n).toMemberRemoval(ids);
      const answer = await patch(session, '/Groups', group.id, operations, 'remove members');
      session.accept(answer, 'removal-by-value-refused', 'remove members');
    }
    for (const id of leaving) group.members.delete(id);
    group.isUnsure = false;
  }
  const joining = users.filter((id) => !group.members.has(id) && !leaving.includes(id)).slice(0, 3);
  if (!session.unable.has('add-members') && joining.length > 0) await addMembers(session, group, joining);
}

async function renameGroup(session: Session, group: SentGroup): Promise<void> {
  const others = session.people.group(group.n, 2);
  const changes = Object.entries(others)
    .filter(([path]) => path !== 'members')
    .map(([path, value]) => ({ path, value }));
  group.isUnsure = true;
  const operations = session.writer(group.n).toChange(changes);
  const answer = await patch(session, '/Groups', group.id, operations, 'rename group');
  session.accept(answer, 'group-change-refused', 'rename group');
  group.values = others;
  group.isUnsure = false;
}

/** Whether managers take part at all. */
export function hasManagers(session: Session): boolean {
  return maps(session.profile.users, MANAGER_PATH) && !session.unable.has('manager');
}
