import { toText } from '../../client/json.js';
import { idOf } from '../../client/resource.js';
import { MANAGER_PATH } from '../../client/urns.js';
import { maps } from '../../profile/profile.js';
import { reportIncompleteSearch } from '../probes/probe.js';
import { patch } from '../session/entra-requests.js';
import type { ExpectedGroup, ExpectedUser } from '../session/expected-state.js';
import { hasReference, match } from '../session/matching.js';
import type { Session } from '../session/session.js';
import { createObject } from './create-object.js';

/** The number of members in one PATCH; Entra does not publish its own. */
const MEMBER_BATCH = 100;

/** The number of direct reports of each manager. */
const DIRECT_REPORTS = 8;

/** The number of users that are searched for after all have been created. */
export const SEARCH_SAMPLE = 20;

/** Searches for each user and creates it. */
export async function createUsers(session: Session): Promise<void> {
  await session.forEach(numbers(session.options.users), async (n) => {
    const values = session.personas.user(n);
    const id = await createObject(session, '/Users', values);
    const user: ExpectedUser = { n, id, values, active: true, isUncertain: false };
    session.expected.users.set(id, user);
  });
}

/** Searches for a sample of all users: a search that only covers the first users misses later ones. */
export async function verifySearch(session: Session): Promise<void> {
  const users = session.expected.usersInOrder;
  const interval = Math.max(1, Math.floor(users.length / SEARCH_SAMPLE));
  const sample = users.filter((_user, index) => index % interval === 0 || index === users.length - 1);
  await session.forEach(sample, async ({ id, values }) => {
    const { found, response } = await match(session, '/Users', values, 'check');
    if (!found.some((one) => idOf(one) === id)) reportIncompleteSearch(session, response, toText(values['userName']));
  });
}

/** Whether managers are mapped and supported. */
export function hasManagers(session: Session): boolean {
  return maps(session.profile.users, MANAGER_PATH) && !session.unsupported.has('manager');
}

/** Sets the managers after all users have been created. */
export async function setManagers(session: Session): Promise<void> {
  if (!hasManagers(session)) return;
  const users = session.expected.usersInOrder;
  const pairs = users.slice(1).map((user, index) => [user, users[Math.floor(index / DIRECT_REPORTS)]] as const);
  await session.forEach(pairs, async ([user, manager]) => {
    if (!manager) return;
    const { isThere } = await hasReference(session, '/Users', user.id, 'manager', manager.id);
    if (isThere === true) return;
    user.isUncertain = true;
    const operations = session.writer(user.n).toManager(MANAGER_PATH, manager.id, true);
    session.accept(
      await patch(session, '/Users', user.id, operations, 'set manager'),
      'manager-refused',
      'set manager',
    );
    user.managerId = manager.id;
    user.isUncertain = false;
  });
}

/** Searches for each group and creates it, without members. */
export async function createGroups(session: Session): Promise<void> {
  await session.forEach(numbers(session.options.groups), async (n) => {
    const values = session.personas.group(n);
    const id = await createObject(session, '/Groups', values);
    const group: ExpectedGroup = { n, id, values, members: new Set(), isUncertain: false };
    session.expected.groups.set(id, group);
  });
}

/** Adds the members in batches. A user is added to several groups if there are more memberships than users. */
export async function addAllMembers(session: Session): Promise<void> {
  if (session.unsupported.has('add-members')) return;
  const users = session.expected.usersInOrder.map(({ id }) => id);
  const { members } = session.options;
  await session.forEach(session.expected.groupsInOrder, async (group) => {
    const ids = Array.from({ length: Math.min(members, users.length) }, (_, index) => {
      return users[(group.n * members + index) % users.length] ?? '';
    });
    const [first] = ids;
    if (first === undefined) return;
    await hasReference(session, '/Groups', group.id, 'members', first);
    await addMembers(session, group, ids);
  });
}

/** Adds members to a group, in batches. */
export async function addMembers(session: Session, group: ExpectedGroup, ids: readonly string[]): Promise<void> {
  const size = session.avoid.has('member-batches') ? 1 : MEMBER_BATCH;
  for (let start = 0; start < ids.length; start += size) {
    const batch = ids.slice(start, start + size);
    const operations = session.writer(group.n).toMemberAddition(batch);
    const wasUncertain = group.isUncertain;
    group.isUncertain = true;
    const response = await patch(session, '/Groups', group.id, operations, 'add members');
    session.accept(response, 'add-member-refused', 'add members');
    for (const id of batch) group.members.add(id);
    group.isUncertain = wasUncertain;
  }
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
