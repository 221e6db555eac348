import { getHeldAnswer, memberIds, read } from '../session/entra-requests.js';
import type { Answer } from '../../client/exchange.js';
import { toText, type Json } from '../../client/json.js';
import { toActive, type SentGroup, type SentUser } from '../session/expected-state.js';
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
  const users = ledger.usersInOrder.filter(({ isUnsure }) => !isUnsure);
  const groups = ledger.groupsInOrder.filter(({ isUnsure }) => !isUnsure);
  let same = 0;
  await session.forEach(users, async (user) => {
    const answer = await getHeldAnswer(session, '/Users', user.id);
    const name = `user ${toText(user.values['userName'])}`;
    if (tellDifferences(session, answer, name, userDifferences(session, user, answer.body ?? null))) same++;
  });
  await session.forEach(groups, async (group) => {
    const answer = await getHeldAnswer(session, '/Groups', group.id);
    const name = `group ${toText(group.values['displayName'])}`;
    if (tellDifferences(session, answer, name, groupDifferences(session, group, answer.body ?? null))) same++;
  });
  const deleted = session.unable.has('delete') ? [] : ledger.deleted;
  let gone = 0;
  await session.forEach(deleted, async ({ collection, id, name }) => {
    const answer = await read(session, collection, id);
    if (answer.status >= 300) gone++;
    else session.tell('deleted-still-there', answer, `compare ${name}`, '404', `${answer.status}, it is still read`);
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
export function countCompared({ ledger, unable }: Session): number {
  return ledger.users.size + ledger.groups.size + (unable.has('delete') ? 0 : ledger.deleted.length);
}

/** What is to be held, and what is, in words. */
type Difference = readonly [expected: string, seen: string];

function userDifferences(session: Session, user: SentUser, held: Json): readonly Difference[] {
  const values = valueDifferences(session, held, user.values);
  const active = toActive(held);
  const isUnseen = !maps(session.profile.users, 'active') || session.findings.has('active-missing');
  if (!isUnseen && active !== user.active) values.push([`active: ${String(user.active)}`, `active: ${String(active)}`]);
  // A manager who was deleted may be named still: Entra removed the person, not the reference.
  const manager = managerOf(held);
  if (user.managerId !== undefined && manager !== (user.managerId ?? undefined)) {
    values.push([`manager: ${user.managerId ?? 'nobody'}`, `manager: ${manager ?? 'nobody'}`]);
  }
  return values;
}

function groupDifferences(session: Session, group: SentGroup, resource: Json): readonly Difference[] {
  const values = valueDifferences(session, resource, group.values);
  const members = memberIds(resource);
  const held = new Set(members);
  const missing = [...group.members].filter((id) => !held.has(id));
  const surplus = members.filter((id) => !group.members.has(id) && !session.ledger.isGone(id));
  if (missing.length > 0 || surplus.length > 0) {
    values.push([`${group.members.size} members`, `${missing.length} of them missing, ${surplus.length} others`]);
  }
  return values;
}

function valueDifferences(session: Session, held: Json, values: SentUser['values']): Difference[] {
  return session.ledger
    .differences(held, values)
    .map(({ path, sent, held: found }) => [`${path}: ${toText(sent)}`, `${path}: ${toText(found)}`] as const);
}

function tellDifferences(session: Session, answer: Answer, name: string, differences: readonly Difference[]): boolean {
  if (differences.length === 0) return true;
  const expected = differences.map(([one]) => one).join('; ');
  const seen = differences.map(([, one]) => one).join('; ');
  session.tell('final-state-differs', answer, `compare ${name}`, expected, seen);
  return false;
}
