import { getHeld, memberIds } from '../entra.js';
import { toText, type Json } from '../json.js';
import { toActive, type SentGroup, type SentUser } from '../ledger.js';
import { maps } from '../profile.js';
import type { Comparison } from '../result.js';
import type { Session } from '../session.js';
import { managerOf } from './manager-trial.js';

/**
 * Reads every user and group and compares it with what was sent last, as a full cycle does. What a failed step left in doubt
 * is not held against the endpoint a second time.
 */
export async function compareAll(session: Session): Promise<Comparison> {
  const users = [...session.ledger.users.values()].filter(({ isUnsure }) => !isUnsure);
  const groups = [...session.ledger.groups.values()].filter(({ isUnsure }) => !isUnsure);
  let same = 0;
  await session.forEach(users, async (user) => {
    const held = await getHeld(session, '/Users', user.id);
    if (tellDifferences(session, `user ${toText(user.values['userName'])}`, userDifferences(session, user, held)))
      same++;
  });
  await session.forEach(groups, async (group) => {
    const held = await getHeld(session, '/Groups', group.id);
    const name = `group ${toText(group.values['displayName'])}`;
    if (tellDifferences(session, name, groupDifferences(session, group, held))) same++;
  });
  return { compared: users.length + groups.length, same };
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
  if (user.managerId !== undefined && manager !== user.managerId) {
    values.push([`manager: ${user.managerId}`, `manager: ${manager ?? 'nobody'}`]);
  }
  return values;
}

function groupDifferences(session: Session, group: SentGroup, held: Json): readonly Difference[] {
  const values = valueDifferences(session, held, group.values);
  const members = memberIds(held);
  const missing = [...group.members].filter((id) => !members.includes(id));
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

function tellDifferences(session: Session, name: string, differences: readonly Difference[]): boolean {
  if (differences.length === 0) return true;
  const expected = differences.map(([one]) => one).join('; ');
  const seen = differences.map(([, one]) => one).join('; ');
  session.findings.add({ rule: 'final-state-differs', step: `compare ${name}`, expected, seen });
  return false;
}
