import { MANAGER_PATH } from '../../client/attribute-path.js';
import { hasReference, idOf, match, patch } from '../session/entra-requests.js';
import { toText } from '../../client/json.js';
import type { ExpectedGroup, ExpectedUser } from '../session/expected-state.js';
import { maps } from '../../profile/profile.js';
import type { Session } from '../session/session.js';
import { reportIncompleteSearch } from '../probes/probe.js';
import { createObject } from './create-object.js';

/** So many members come in one PATCH; Entra's own number is not public. */
const MEMBER_BATCH = 100;

/** So many users report to one manager. */
const REPORTS = 8;

/** So many users are looked for once all are there. */
const SOUGHT = 20;

/** Looks for each user and creates it where there is none. */
export async function createUsers(session: Session): Promise<void> {
  await session.forEach(numbers(session.options.users), async (n) => {
    const values = session.personas.user(n);
    const id = await createObject(session, '/Users', values);
    const user: ExpectedUser = { n, id, values, active: true, isUncertain: false };
    session.ledger.users.set(id, user);
  });
}

/** Looks for some of the users again, now that all are there: a search that gives up early finds the first ones only. */
export async function verifySearch(session: Session): Promise<void> {
  const users = session.ledger.usersInOrder;
  const distance = Math.max(1, Math.floor(users.length / SOUGHT));
  const sought = users.filter((_user, index) => index % distance === 0 || index === users.length - 1);
  await session.forEach(sought, async ({ id, values }) => {
    const { found, response } = await match(session, '/Users', values, 'check');
    if (!found.some((one) => idOf(one) === id)) reportIncompleteSearch(session, response, toText(values['userName']));
  });
}

/** Whether managers take part at all. */
export function hasManagers(session: Session): boolean {
  return maps(session.profile.users, MANAGER_PATH) && !session.unsupported.has('manager');
}

/** Writes the managers, once all users are there. */
export async function setManagers(session: Session): Promise<void> {
  if (!hasManagers(session)) return;
  const users = session.ledger.usersInOrder;
  const pairs = users.slice(1).map((user, index) => [user, users[Math.floor(index / REPORTS)]] as const);
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

/** Looks for each group and creates it, without members, where there is none. */
export async function createGroups(session: Session): Promise<void> {
  await session.forEach(numbers(session.options.groups), async (n) => {
    const values = session.personas.group(n);
    const id = await createObject(session, '/Groups', values);
    const group: ExpectedGroup = { n, id, values, members: new Set(), isUncertain: false };
    session.ledger.groups.set(id, group);
  });
}

/** Adds the members in batches, the same user to several groups when there are fewer users than places. */
export async function addAllMembers(session: Session): Promise<void> {
  if (session.unsupported.has('add-members')) return;
  const users = session.ledger.usersInOrder.map(({ id }) => id);
  const { members } = session.options;
  await session.forEach(session.ledger.groupsInOrder, async (group) => {
    const wanted = Array.from({ length: Math.min(members, users.length) }, (_, index) => {
      return users[(group.n * members + index) % users.length] ?? '';
    });
    const [first] = wanted;
    if (first === undefined) return;
    await hasReference(session, '/Groups', group.id, 'members', first);
    await addMembers(session, group, wanted);
  });
}

/** Adds members to a group, as many in a PATCH as a batch has. */
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
