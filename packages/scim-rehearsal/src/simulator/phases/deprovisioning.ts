import { patch, readBeforeChange, remove } from '../session/entra-requests.js';
import { toText } from '../../client/json.js';
import type { SentGroup, SentUser } from '../session/expected-state.js';
import { maps } from '../../profile/profile.js';
import type { Session } from '../session/session.js';
import { createObject } from './create-object.js';

/** Why `active` is written. Whoever is out of scope is unassigned, whoever is blocked is disabled: the request is the same. */
type ActiveStep = 'disable user' | 'unassign user' | 'enable user';

/** The users of a cycle who leave, by what becomes of them. */
interface Leavers {
  readonly disabled: readonly SentUser[];
  readonly unassigned: readonly SentUser[];
  readonly deleted: readonly SentUser[];
  /** Of the disabled ones, those who come back. */
  readonly returning: readonly SentUser[];
}

/** How many steps the leavers take. */
export function countLeavers(session: Session): number {
  const { disabled, unassigned, deleted, returning } = toLeavers(session);
  const deletions = session.unable.has('delete') ? 0 : deleted.length;
  if (!maps(session.profile.users, 'active')) {
    return session.unable.has('delete') ? 0 : disabled.length + unassigned.length + deletions + returning.length;
  }
  const isUnable = session.unable.has('disable');
  return deletions + (isUnable ? 0 : disabled.length + unassigned.length + deletions + returning.length);
}

/**
 * Every tenth user is disabled and every twentieth comes back, every tenth is unassigned, and every tenth is deleted for good,
 * which follows a disable. An application that does not map `active` gets a DELETE instead of each disable, and whoever comes
 * back there is matched and created anew.
 */
export async function moveUsers(session: Session): Promise<void> {
  const leavers = toLeavers(session);
  const { disabled, unassigned, deleted, returning } = leavers;
  const ties = new Ties(session);
  if (!maps(session.profile.users, 'active')) {
    if (session.unable.has('delete')) return;
    await session.forEach([...disabled, ...unassigned, ...deleted], (user) => deleteUser(session, ties, user));
    await session.forEach(returning, (user) => createAgain(session, user));
    return;
  }
  if (!session.unable.has('disable')) {
    const deletable = session.unable.has('delete') ? [] : deleted;
    await setAllActive(session, [...disabled, ...deletable], false, 'disable user');
    await setAllActive(session, unassigned, false, 'unassign user');
    await setAllActive(session, returning, true, 'enable user');
  }
  if (!session.unable.has('delete')) await session.forEach(deleted, (user) => deleteUser(session, ties, user));
}

function toLeavers({ ledger }: Session): Leavers {
  const users = ledger.usersInOrder;
  return {
    disabled: users.filter(({ n }) => n % 10 === 3),
    unassigned: users.filter(({ n }) => n % 10 === 7),
    deleted: users.filter(({ n }) => n % 10 === 9),
    returning: users.filter(({ n }) => n % 20 === 3),
  };
}

/** Each in the dialect of its turn among them: their own numbers are all odd, and would have the same one. */
async function setAllActive(
  session: Session,
  users: readonly SentUser[],
  active: boolean,
  step: ActiveStep,
): Promise<void> {
  await session.forEach([...users.entries()], async ([turn, user]) => {
    await readBeforeChange(session, '/Users', user.id);
    user.isUnsure = true;
    const answer = await patch(session, '/Users', user.id, session.writer(turn).toActive(active), step);
    session.accept(answer, 'disable-refused', step);
    user.active = active;
    user.isUnsure = false;
  });
}

/** Who is a member of what, and whose manager, so that nobody has to be looked for among all when one is deleted. */
class Ties {
  readonly groups: ReadonlyMap<string, readonly SentGroup[]>;
  readonly reports: ReadonlyMap<string | null | undefined, readonly SentUser[]>;

  constructor({ ledger }: Session) {
    const groups = new Map<string, SentGroup[]>();
    for (const group of ledger.groups.values()) {
      for (const id of group.members) {
        const known = groups.get(id);
        if (known) known.push(group);
        else groups.set(id, [group]);
      }
    }
    this.groups = groups;
    this.reports = Map.groupBy(ledger.users.values(), ({ managerId }) => managerId);
  }
}

async function deleteUser(session: Session, ties: Ties, { id, values }: SentUser): Promise<void> {
  session.accept(await remove(session, '/Users', id), 'delete-refused', 'delete user', [200, 202, 204]);
  session.ledger.noteDeleted({ collection: '/Users', id, name: `user ${toText(values['userName'])}` });
  for (const { members } of ties.groups.get(id) ?? []) members.delete(id);
  for (const report of ties.reports.get(id) ?? []) report.managerId = undefined;
}

async function createAgain(session: Session, { n, values }: SentUser): Promise<void> {
  const id = await createObject(session, '/Users', values);
  session.ledger.users.set(id, { n, id, values, active: true, isUnsure: false });
}
