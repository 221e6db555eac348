import { patch, readBeforeChange, remove } from '../session/entra-requests.js';
import { toText } from '../../client/json.js';
import type { ExpectedGroup, ExpectedUser } from '../session/expected-state.js';
import { maps } from '../../profile/profile.js';
import type { Session } from '../session/session.js';
import { createObject } from './create-object.js';

/** Why `active` is written. Whoever is out of scope is unassigned, whoever is blocked is disabled: the request is the same. */
type ActiveStep = 'disable user' | 'unassign user' | 'enable user';

/** The users of a cycle who leave, by what becomes of them. */
interface SelectedUsers {
  readonly disabled: readonly ExpectedUser[];
  readonly unassigned: readonly ExpectedUser[];
  readonly deleted: readonly ExpectedUser[];
  /** Of the disabled ones, those who come back. */
  readonly returning: readonly ExpectedUser[];
}

/** How many steps the leavers take. */
export function countDeprovisioning(session: Session): number {
  const { disabled, unassigned, deleted, returning } = selectUsers(session);
  const deletions = session.unsupported.has('delete') ? 0 : deleted.length;
  if (!maps(session.profile.users, 'active')) {
    return session.unsupported.has('delete') ? 0 : disabled.length + unassigned.length + deletions + returning.length;
  }
  const isUnable = session.unsupported.has('disable');
  return deletions + (isUnable ? 0 : disabled.length + unassigned.length + deletions + returning.length);
}

/**
 * Every tenth user is disabled and every twentieth comes back, every tenth is unassigned, and every tenth is deleted for good,
 * which follows a disable. An application that does not map `active` gets a DELETE instead of each disable, and whoever comes
 * back there is matched and created anew.
 */
export async function deprovisionUsers(session: Session): Promise<void> {
  const selected = selectUsers(session);
  const { disabled, unassigned, deleted, returning } = selected;
  const references = new ReferenceIndex(session);
  if (!maps(session.profile.users, 'active')) {
    if (session.unsupported.has('delete')) return;
    await session.forEach([...disabled, ...unassigned, ...deleted], (user) => deleteUser(session, references, user));
    await session.forEach(returning, (user) => createAgain(session, user));
    return;
  }
  if (!session.unsupported.has('disable')) {
    const deletable = session.unsupported.has('delete') ? [] : deleted;
    await setAllActive(session, [...disabled, ...deletable], false, 'disable user');
    await setAllActive(session, unassigned, false, 'unassign user');
    await setAllActive(session, returning, true, 'enable user');
  }
  if (!session.unsupported.has('delete'))
    await session.forEach(deleted, (user) => deleteUser(session, references, user));
}

function selectUsers({ ledger }: Session): SelectedUsers {
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
  users: readonly ExpectedUser[],
  active: boolean,
  step: ActiveStep,
): Promise<void> {
  await session.forEach([...users.entries()], async ([turn, user]) => {
    await readBeforeChange(session, '/Users', user.id);
    user.isUncertain = true;
    const response = await patch(session, '/Users', user.id, session.writer(turn).toActive(active), step);
    session.accept(response, 'disable-refused', step);
    user.active = active;
    user.isUncertain = false;
  });
}

/** Who is a member of what, and whose manager, so that nobody has to be looked for among all when one is deleted. */
class ReferenceIndex {
  readonly groups: ReadonlyMap<string, readonly ExpectedGroup[]>;
  readonly reports: ReadonlyMap<string | null | undefined, readonly ExpectedUser[]>;

  constructor({ ledger }: Session) {
    const groups = new Map<string, ExpectedGroup[]>();
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

async function deleteUser(session: Session, references: ReferenceIndex, { id, values }: ExpectedUser): Promise<void> {
  session.accept(await remove(session, '/Users', id), 'delete-refused', 'delete user', [200, 202, 204]);
  session.ledger.noteDeleted({ collection: '/Users', id, name: `user ${toText(values['userName'])}` });
  for (const { members } of references.groups.get(id) ?? []) members.delete(id);
  for (const report of references.reports.get(id) ?? []) report.managerId = undefined;
}

async function createAgain(session: Session, { n, values }: ExpectedUser): Promise<void> {
  const id = await createObject(session, '/Users', values);
  session.ledger.users.set(id, { n, id, values, active: true, isUncertain: false });
}
