import { isObject } from '../../client/json.js';
import { isSame } from '../session/expected-state.js';
import { valueAt } from '../../client/attribute-path.js';
import type { Deviation, Dialect } from '../dialect/patch-writer.js';
import {
  canSearch,
  getHeld,
  idOf,
  match,
  memberIds,
  patch,
  post,
  read,
  toGroupBody,
} from '../session/entra-requests.js';
import type { Answer } from '../../client/exchange.js';
import type { RuleId } from '../rules/finding.js';
import { matchingRows } from '../../profile/profile.js';
import type { Values } from '../../profile/personas.js';
import { GaveUp } from '../session/run-errors.js';
import type { Session } from '../session/session.js';
import { LOWER_CASE, createTrialUser, discard, tryChange, type Blame, ruleOfStatus } from './probe.js';
import { tryDelete } from './delete-probe.js';
import { tryMembers } from './member-probes.js';

const CREATION_TRIALS: ReadonlyArray<readonly [RuleId, Deviation]> = [['group-schema-refused', 'group-schema']];

/** A group of a trial. */
export interface TrialGroup {
  readonly id: string;
  readonly values: Values;
  /** Other values for the same group. */
  readonly others: Values;
}

/** One group of its own for each dialect: how it is created, found, filled, emptied, renamed and deleted. */
export async function tryGroups(session: Session, dialect: Dialect): Promise<void> {
  if (session.profile.groups.length === 0 || session.unable.has('groups')) return;
  // Until one was created, none can be.
  session.unable.add('groups');
  await session.attempt(async () => {
    const group = await createTrialGroup(session);
    session.unable.delete('groups');
    await session.attempt(() => findGroup(session, group));
    await session.attempt(() => createAgain(session, group));
    const users = await createUsers(session);
    if (users) await session.attempt(() => tryMembers(session, dialect, group.id, users));
    if (users) await session.attempt(() => keepThroughDisable(session, dialect, group.id, users[0] ?? ''));
    const name = (await session.attempt(() => renameGroup(session, dialect, group))) ?? group.values;
    for (const id of users ?? []) await discard(session, '/Users', id);
    await session.attempt(() => tryDelete(session, '/Groups', group.id, name));
  });
}

async function createTrialGroup(session: Session): Promise<TrialGroup> {
  const step = 'create the first group';
  const n = session.nextTrial();
  const values = session.people.group(n);
  await match(session, '/Groups', values);
  let answer = await post(session, '/Groups', toGroupBody(session, values));
  if (answer.status === 400 || answer.status === 422 || answer.status === 500) {
    for (const [rule, deviation] of CREATION_TRIALS) {
      if (session.avoid.has(deviation)) continue;
      session.avoid.add(deviation);
      const again = await post(session, '/Groups', toGroupBody(session, values), 'check');
      if (again.status < 300) {
        session.tell(rule, answer, step, '201 and the group');
        answer = again;
        break;
      }
      session.avoid.delete(deviation);
    }
  }
  session.accept(answer, 'create-group-refused', step, [200, 201]);
  const id = idOf(answer.body);
  if (id === undefined) {
    session.tell('created-without-id', answer, step, 'the created group with its id', 'no id');
    throw new GaveUp();
  }
  return { id, values, others: session.people.group(n, 2) };
}

async function findGroup(session: Session, { id, values }: TrialGroup): Promise<void> {
  const answer = session.accept(await read(session, '/Groups', id), 'group-unreadable', 'read group', [200]);
  for (const { path, sent, held } of session.ledger.differences(answer.body, values)) {
    const rule = held === undefined || held === null ? 'value-lost' : 'value-rewritten';
    session.tell(rule, answer, 'read group', `${path}: ${JSON.stringify(sent)}`, `${path}: ${JSON.stringify(held)}`);
    session.ledger.doubtful.add(path);
  }
  const { found, answer: search } = await match(session, '/Groups', values, 'check');
  if (!found.some((one) => idOf(one) === id)) tellNotFound(session, search, values);
}

function tellNotFound(session: Session, answer: Answer | undefined, values: Values): void {
  const [row] = matchingRows(session.profile.groups);
  const expected = `the group with ${row?.path ?? ''} ${JSON.stringify(values[row?.path ?? ''])}`;
  session.tell('group-not-found', answer, 'match group', expected, 'nothing is found');
}

async function createAgain(session: Session, { values }: TrialGroup): Promise<void> {
  const answer = await post(session, '/Groups', toGroupBody(session, values), 'check');
  if (answer.status === 409) return;
  const isAccepted = answer.status < 300;
  session.tell(
    isAccepted ? 'duplicate-group-accepted' : await ruleOfStatus(session, answer, 'duplicate-group-not-409'),
    answer,
    'create the group again',
    '409',
  );
  const id = idOf(answer.body);
  if (isAccepted && id !== undefined) await discard(session, '/Groups', id);
}

async function createUsers(session: Session): Promise<readonly string[] | undefined> {
  return session.attempt(async () => {
    const ids: string[] = [];
    for (let count = 0; count < 6; count++) ids.push((await createTrialUser(session)).id);
    return ids;
  });
}

/** Entra does not send memberships again when it restores a user. */
async function keepThroughDisable(session: Session, dialect: Dialect, groupId: string, userId: string): Promise<void> {
  if (session.unable.has('disable') || session.unable.has('add-members')) return;
  const before = memberIds(await getHeld(session, '/Groups', groupId));
  if (!before.includes(userId)) return;
  const writer = session.writerOf(dialect);
  for (const active of [false, true]) {
    await patch(session, '/Users', userId, writer.toActive(active), active ? 'enable user' : 'disable user', 'check');
  }
  const answer = await read(session, '/Groups', groupId);
  if (answer.status === 200 && !memberIds(answer.body).includes(userId)) {
    session.tell('disabled-user-loses-groups', answer, 'restore a user', 'still a member', 'no member any more');
    session.unable.add('disable');
  }
}

/** @returns what the group is matched by from then on */
async function renameGroup(session: Session, dialect: Dialect, { id, values, others }: TrialGroup): Promise<Values> {
  const writer = session.writerOf(dialect);
  const [row] = matchingRows(session.profile.groups);
  const path = row?.path ?? 'displayName';
  const value = others[path] ?? '';
  const trial = {
    collection: '/Groups' as const,
    step: 'rename group',
    dialect,
    id,
    operations: () => writer.toChange([{ path, value }]),
    isDone: (after: Parameters<typeof valueAt>[0]) => isSame(value, valueAt(after, path)),
    expected: `204 or 200, then ${path}: ${JSON.stringify(value)}`,
    show: (after: Parameters<typeof valueAt>[0]) => (isObject(after) ? valueAt(after, path) : undefined),
  };
  const blame: Blame = { refused: 'group-change-refused', ignored: 'group-change-ignored' };
  const alternatives = writer.isFlagged
    ? [
        {
          deviation: 'pathless-replace',
          refused: 'pathless-replace-refused',
          ignored: 'pathless-replace-ignored',
        } as const,
      ]
    : [LOWER_CASE];
  const { works } = await tryChange(session, trial, blame, [
    ...alternatives,
    { deviation: 'extra-keys', refused: 'extra-keys-refused', ignored: 'extra-keys-refused' },
  ]);
  if (!works) {
    session.unable.add('change-group');
    return values;
  }
  if (canSearch(session, '/Groups')) {
    const { found, answer } = await match(session, '/Groups', { [path]: value }, 'check');
    if (!found.some((one) => idOf(one) === id)) tellNotFound(session, answer, { [path]: value });
  }
  return { ...values, [path]: value };
}
