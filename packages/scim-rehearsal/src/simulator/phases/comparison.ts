import type { ScimResponse } from '../../client/exchange.js';
import { toText, type Json } from '../../client/json.js';
import { activeOf, managerOf, memberIds } from '../../client/resource.js';
import { maps } from '../../profile/profile.js';
import { getStoredResponse, read } from '../session/entra-requests.js';
import type { ExpectedGroup, ExpectedUser } from '../session/expected-state.js';
import type { Session } from '../session/session.js';

/** The result of the comparison, in numbers of users and groups. */
export interface Comparison {
  readonly compared: number;
  readonly same: number;
  /** Not compared because a step failed. */
  readonly notCompared: number;
  /** Deleted by the cycles. */
  readonly deleted: number;
  /** Deleted, and no longer readable. */
  readonly gone: number;
}

/**
 * Compares every stored user and group with what was written last, as a full cycle does, and checks that deleted ones are gone.
 * Objects that a failed step left in an unknown state are not compared.
 */
export async function compareAll(session: Session): Promise<Comparison> {
  const { expected, unsupported } = session;
  const users = expected.usersInOrder.filter(({ isUncertain }) => !isUncertain);
  const groups = expected.groupsInOrder.filter(({ isUncertain }) => !isUncertain);
  let same = 0;
  await session.forEach(users, async (user) => {
    const response = await getStoredResponse(session, '/Users', user.id);
    const name = `user ${toText(user.values['userName'])}`;
    if (reportDifferences(session, response, name, userDifferences(session, user, response.body ?? null))) same++;
  });
  await session.forEach(groups, async (group) => {
    const response = await getStoredResponse(session, '/Groups', group.id);
    const name = `group ${toText(group.values['displayName'])}`;
    if (reportDifferences(session, response, name, groupDifferences(session, group, response.body ?? null))) same++;
  });
  const deleted = unsupported.has('delete') ? [] : expected.deleted;
  let gone = 0;
  await session.forEach(deleted, async ({ collection, id, name }) => {
    const response = await read(session, collection, id);
    if (response.status >= 300) gone++;
    else
      session.report(
        'deleted-still-there',
        response,
        `compare ${name}`,
        '404',
        `${response.status}, it can still be read`,
      );
  });
  const compared = users.length + groups.length;
  return {
    compared,
    same,
    notCompared: expected.users.size + expected.groups.size - compared,
    deleted: deleted.length,
    gone,
  };
}

/** The number of objects that the comparison reads. */
export function countCompared({ expected, unsupported }: Session): number {
  return expected.users.size + expected.groups.size + (unsupported.has('delete') ? 0 : expected.deleted.length);
}

/** A difference, in words. */
type Difference = readonly [expected: string, seen: string];

function userDifferences(session: Session, user: ExpectedUser, stored: Json): readonly Difference[] {
  const values = valueDifferences(session, stored, user.values);
  const active = activeOf(stored);
  const isNotReturned = !maps(session.profile.users, 'active') || session.findings.has('active-missing');
  if (!isNotReturned && active !== user.active)
    values.push([`active: ${String(user.active)}`, `active: ${String(active)}`]);
  // The reference to a deleted manager may remain: Entra deletes the user, not the references to it.
  const manager = managerOf(stored);
  if (user.managerId !== undefined && manager !== (user.managerId ?? undefined)) {
    values.push([`manager: ${user.managerId ?? 'none'}`, `manager: ${manager ?? 'none'}`]);
  }
  return values;
}

function groupDifferences(session: Session, group: ExpectedGroup, resource: Json): readonly Difference[] {
  const values = valueDifferences(session, resource, group.values);
  const members = memberIds(resource);
  const stored = new Set(members);
  const missing = [...group.members].filter((id) => !stored.has(id));
  const surplus = members.filter((id) => !group.members.has(id) && !session.created.isRemoved(id));
  if (missing.length > 0 || surplus.length > 0) {
    values.push([`${group.members.size} members`, `${missing.length} of them missing, ${surplus.length} others`]);
  }
  return values;
}

function valueDifferences(session: Session, stored: Json, values: ExpectedUser['values']): Difference[] {
  return session.expected
    .differences(stored, values)
    .map(({ path, sent, stored: found }) => [`${path}: ${toText(sent)}`, `${path}: ${toText(found)}`] as const);
}

function reportDifferences(
  session: Session,
  response: ScimResponse,
  name: string,
  differences: readonly Difference[],
): boolean {
  if (differences.length === 0) return true;
  const expected = differences.map(([one]) => one).join('; ');
  const seen = differences.map(([, one]) => one).join('; ');
  session.report('final-state-differs', response, `compare ${name}`, expected, seen);
  return false;
}
