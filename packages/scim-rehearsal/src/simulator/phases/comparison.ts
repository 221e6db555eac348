import { getStoredResponse, memberIds, read } from '../session/entra-requests.js';
import type { ScimResponse } from '../../client/exchange.js';
import { toText, type Json } from '../../client/json.js';
import { toActive, type ExpectedGroup, type ExpectedUser } from '../session/expected-state.js';
import { maps } from '../../profile/profile.js';
import type { Session } from '../session/session.js';
import { managerOf } from '../probes/manager-probe.js';

/** What was compared in the end, and how much of it is as it was sent. */
export interface Comparison {
  readonly compared: number;
  readonly same: number;
  /** Left out, because a step about it failed. */
  readonly notCompared: number;
  /** What the cycles deleted, and how much of that is gone. */
  readonly deleted: number;
  readonly gone: number;
}

/**
 * Reads every user and group and compares it with what was sent last, as a full cycle does, and looks whether what was deleted
 * is gone. What a failed step left in doubt is not held against the endpoint a second time.
 */
export async function compareAll(session: Session): Promise<Comparison> {
  const { ledger } = session;
  const users = ledger.usersInOrder.filter(({ isUncertain }) => !isUncertain);
  const groups = ledger.groupsInOrder.filter(({ isUncertain }) => !isUncertain);
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
  const deleted = session.unsupported.has('delete') ? [] : ledger.deleted;
  let gone = 0;
  await session.forEach(deleted, async ({ collection, id, name }) => {
    const response = await read(session, collection, id);
    if (response.status >= 300) gone++;
    else
      session.report('deleted-still-there', response, `compare ${name}`, '404', `${response.status}, it is still read`);
  });
  const compared = users.length + groups.length;
  return {
    compared,
    same,
    notCompared: ledger.users.size + ledger.groups.size - compared,
    deleted: deleted.length,
    gone,
  };
}

/** How much the comparison has to look at. */
export function countCompared({ ledger, unsupported }: Session): number {
  return ledger.users.size + ledger.groups.size + (unsupported.has('delete') ? 0 : ledger.deleted.length);
}

/** What is to be held, and what is, in words. */
type Difference = readonly [expected: string, seen: string];

function userDifferences(session: Session, user: ExpectedUser, stored: Json): readonly Difference[] {
  const values = valueDifferences(session, stored, user.values);
  const active = toActive(stored);
  const isUnseen = !maps(session.profile.users, 'active') || session.findings.has('active-missing');
  if (!isUnseen && active !== user.active) values.push([`active: ${String(user.active)}`, `active: ${String(active)}`]);
  // A manager who was deleted may be named still: Entra removed the person, not the reference.
  const manager = managerOf(stored);
  if (user.managerId !== undefined && manager !== (user.managerId ?? undefined)) {
    values.push([`manager: ${user.managerId ?? 'nobody'}`, `manager: ${manager ?? 'nobody'}`]);
  }
  return values;
}

function groupDifferences(session: Session, group: ExpectedGroup, resource: Json): readonly Difference[] {
  const values = valueDifferences(session, resource, group.values);
  const members = memberIds(resource);
  const stored = new Set(members);
  const missing = [...group.members].filter((id) => !stored.has(id));
  const surplus = members.filter((id) => !group.members.has(id) && !session.ledger.isGone(id));
  if (missing.length > 0 || surplus.length > 0) {
    values.push([`${group.members.size} members`, `${missing.length} of them missing, ${surplus.length} others`]);
  }
  return values;
}

function valueDifferences(session: Session, stored: Json, values: ExpectedUser['values']): Difference[] {
  return session.ledger
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
