import { toText } from '../../client/json.js';
import { maps } from '../../profile/profile.js';
import { patch, readBeforeChange, remove } from '../session/entra-requests.js';
import type { ExpectedGroup, ExpectedUser } from '../session/expected-state.js';
import type { Session } from '../session/session.js';
import { createObject } from './create-object.js';

/** Why `active` changes. A user is disabled in Entra, or unassigned from the application: the request is the same. */
type ActiveStep = 'disable user' | 'unassign user' | 'enable user';

/** The users that a cycle deprovisions. */
interface SelectedUsers {
  readonly disabled: readonly ExpectedUser[];
  readonly unassigned: readonly ExpectedUser[];
  readonly deleted: readonly ExpectedUser[];
  /** The disabled users that are restored. */
  readonly restored: readonly ExpectedUser[];
}

/** The number of steps that {@link deprovisionUsers} takes. */
export function countDeprovisioning(session: Session): number {
  const { disabled, unassigned, deleted, restored } = selectUsers(session);
  const deletions = session.unsupported.has('delete') ? 0 : deleted.length;
  if (!maps(session.profile.users, 'active')) {
    return session.unsupported.has('delete') ? 0 : disabled.length + unassigned.length + deletions + restored.length;
  }
  const isUnable = session.unsupported.has('disable');
  return deletions + (isUnable ? 0 : disabled.length + unassigned.length + deletions + restored.length);
}

/**
 * Disables every tenth user and restores every twentieth, unassigns every tenth, and disables and then deletes every tenth. If
 * `active` is not mapped, each disable is a DELETE, and restored users are searched for and created again.
 */
export async function deprovisionUsers(session: Session): Promise<void> {
  const { disabled, unassigned, deleted, restored } = selectUsers(session);
  const references = new ReferenceIndex(session);
  if (!maps(session.profile.users, 'active')) {
    if (session.unsupported.has('delete')) return;
    await session.forEach([...disabled, ...unassigned, ...deleted], (user) => deleteUser(session, references, user));
    await session.forEach(restored, (user) => createAgain(session, user));
    return;
  }
  if (!session.unsupported.has('disable')) {
    const deletable = session.unsupported.has('delete') ? [] : deleted;
    await setAllActive(session, [...disabled, ...deletable], false, 'disable user');
    await setAllActive(session, unassigned, false, 'unassign user');
    await setAllActive(session, restored, true, 'enable user');
  }
  if (!session.unsupported.has('delete'))
    await session.forEach(deleted, (user) => deleteUser(session, references, user));
}

function selectUsers({ expected }: Session): SelectedUsers {
  const users = expected.usersInOrder;
  return {
    disabled: users.filter(({ n }) => n % 10 === 3),
    unassigned: users.filter(({ n }) => n % 10 === 7),
    deleted: users.filter(({ n }) => n % 10 === 9),
    restored: users.filter(({ n }) => n % 20 === 3),
  };
}

/** The index selects the dialect: the numbers of these users are all odd and would select the same one. */
async function setAllActive(
  session: Session,
  users: readonly ExpectedUser[],
  active: boolean,
  step: ActiveStep,
): Promise<void> {
  await session.forEach([...users.entries()], async ([index, user]) => {
    await readBeforeChange(session, '/Users', user.id);
    user.isUncertain = true;
    const response = await patch(session, '/Users', user.id, session.writer(index).toActive(active), step);
    session.accept(response, 'disable-refused', step);
    user.active = active;
    user.isUncertain = false;
  });
}

/** The groups and direct reports of each user, indexed so that a deletion need not search all users and groups. */
class ReferenceIndex {
  readonly groups: ReadonlyMap<string, readonly ExpectedGroup[]>;
  readonly reports: ReadonlyMap<string | null | undefined, readonly ExpectedUser[]>;

  constructor({ expected }: Session) {
    const groups = new Map<string, ExpectedGroup[]>();
    for (const group of expected.groups.values()) {
      for (const id of group.members) {
        const known = groups.get(id);
        if (known) known.push(group);
        else groups.set(id, [group]);
      }
    }
    this.groups = groups;
    this.reports = Map.groupBy(expected.users.values(), ({ managerId }) => managerId);
  }
}

async function deleteUser(session: Session, references: ReferenceIndex, { id, values }: ExpectedUser): Promise<void> {
  session.accept(await remove(session, '/Users', id), 'delete-refused', 'delete user', [200, 202, 204]);
  session.created.remove('/Users', id);
  session.expected.delete({ collection: '/Users', id, name: `user ${toText(values['userName'])}` });
  for (const { members } of references.groups.get(id) ?? []) members.delete(id);
  for (const report of references.reports.get(id) ?? []) report.managerId = undefined;
}

async function createAgain(session: Session, { n, values }: ExpectedUser): Promise<void> {
  const id = await createObject(session, '/Users', values);
  session.expected.users.set(id, { n, id, values, active: true, isUncertain: false });
}
