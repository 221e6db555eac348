import { valueAt } from '../../client/attribute-path.js';
import type { ScimResponse } from '../../client/exchange.js';
import type { Values } from '../../client/resource-body.js';
import { idOf, memberIds } from '../../client/resource.js';
import { isSameValue } from '../../client/value-equality.js';
import { matchingRows } from '../../profile/profile.js';
import type { Dialect } from '../dialect/dialect.js';
import type { Deviation } from '../dialect/patch-writer.js';
import type { RuleId } from '../rules/finding.js';
import { getStored, patch, post, read, toBody } from '../session/entra-requests.js';
import { canSearch, match } from '../session/matching.js';
import { SkipObject } from '../session/run-errors.js';
import type { Session } from '../session/session.js';
import { probeDelete } from './delete-probe.js';
import { probeMembers } from './member-probes.js';
import {
  LOWER_CASE_OPS,
  createProbeUser,
  discard,
  ruleForStatus,
  runProbe,
  type FailureRules,
  type Fallback,
  type Probe,
} from './probe.js';

/** See the probe of the first user. */
const CREATION_FALLBACKS: ReadonlyArray<readonly [RuleId, Deviation]> = [['group-schema-refused', 'group-schema']];

const WITH_PATH: Fallback = {
  deviation: 'pathless-replace',
  refused: 'pathless-replace-refused',
  ignored: 'pathless-replace-ignored',
};

const WITHOUT_EXTRA_KEYS: Fallback = {
  deviation: 'extra-keys',
  refused: 'extra-keys-refused',
  ignored: 'extra-keys-refused',
};

/** A group created for probes. */
interface ProbeGroup {
  readonly id: string;
  readonly values: Values;
  /** Changed values for the same group. */
  readonly newValues: Values;
}

/** Probes how a group is created, found, filled, emptied, renamed and deleted. */
export async function probeGroups(session: Session, dialect: Dialect): Promise<void> {
  if (session.profile.groups.length === 0 || session.unsupported.has('groups')) return;
  // Until one has been created, groups count as unsupported.
  session.unsupported.add('groups');
  await session.attempt(async () => {
    const group = await createProbeGroup(session);
    session.unsupported.delete('groups');
    await session.attempt(() => findGroup(session, group));
    await session.attempt(() => createAgain(session, group));
    const users = await createUsers(session);
    if (users) await session.attempt(() => probeMembers(session, dialect, group.id, users));
    if (users) await session.attempt(() => keepThroughDisable(session, dialect, group.id, users[0] ?? ''));
    const name = (await session.attempt(() => renameGroup(session, dialect, group))) ?? group.values;
    for (const id of users ?? []) await discard(session, '/Users', id);
    await session.attempt(() => probeDelete(session, '/Groups', group.id, name));
  });
}

async function createProbeGroup(session: Session): Promise<ProbeGroup> {
  const step = 'create the first group';
  const n = session.nextProbeNumber();
  const values = session.personas.group(n);
  await match(session, '/Groups', values);
  let response = await post(session, '/Groups', toBody(session, '/Groups', values));
  if (response.status === 400 || response.status === 422 || response.status === 500) {
    for (const [rule, deviation] of CREATION_FALLBACKS) {
      if (session.avoid.has(deviation)) continue;
      session.avoid.add(deviation);
      const again = await post(session, '/Groups', toBody(session, '/Groups', values), 'check');
      if (again.status < 300) {
        session.report(rule, response, step, '201 and the group');
        response = again;
        break;
      }
      session.avoid.delete(deviation);
    }
  }
  session.accept(response, 'create-group-refused', step, [200, 201]);
  const id = idOf(response.body);
  if (id === undefined) {
    session.report('created-without-id', response, step, 'the created group with its id', 'no id');
    throw new SkipObject();
  }
  return { id, values, newValues: session.personas.group(n, 2) };
}

async function findGroup(session: Session, { id, values }: ProbeGroup): Promise<void> {
  const response = session.accept(await read(session, '/Groups', id), 'group-unreadable', 'read group', [200]);
  for (const { path, sent, stored } of session.expected.differences(response.body, values)) {
    const rule = stored === undefined || stored === null ? 'value-lost' : 'value-rewritten';
    session.report(
      rule,
      response,
      'read group',
      `${path}: ${JSON.stringify(sent)}`,
      `${path}: ${JSON.stringify(stored)}`,
    );
    session.expected.unreliablePaths.add(path);
  }
  const { found, response: search } = await match(session, '/Groups', values, 'check');
  if (!found.some((one) => idOf(one) === id)) reportNotFound(session, search, values);
}

function reportNotFound(session: Session, response: ScimResponse | undefined, values: Values): void {
  const [row] = matchingRows(session.profile.groups);
  const expected = `the group with ${row?.path ?? ''} ${JSON.stringify(values[row?.path ?? ''])}`;
  session.report('group-not-found', response, 'match group', expected, 'no group');
}

async function createAgain(session: Session, { values }: ProbeGroup): Promise<void> {
  const response = await post(session, '/Groups', toBody(session, '/Groups', values), 'check');
  if (response.status === 409) return;
  const isAccepted = response.status < 300;
  session.report(
    isAccepted ? 'duplicate-group-accepted' : await ruleForStatus(session, response, 'duplicate-group-not-409'),
    response,
    'create the group again',
    '409',
  );
  const id = idOf(response.body);
  if (isAccepted && id !== undefined) await discard(session, '/Groups', id);
}

async function createUsers(session: Session): Promise<readonly string[] | undefined> {
  return session.attempt(async () => {
    const ids: string[] = [];
    for (let count = 0; count < 6; count++) ids.push((await createProbeUser(session)).id);
    return ids;
  });
}

/** Checks that a disabled user keeps its memberships: Entra does not send them again when it restores the user. */
async function keepThroughDisable(session: Session, dialect: Dialect, groupId: string, userId: string): Promise<void> {
  if (session.unsupported.has('disable') || session.unsupported.has('add-members')) return;
  const before = memberIds(await getStored(session, '/Groups', groupId));
  if (!before.includes(userId)) return;
  const writer = session.writerFor(dialect);
  for (const active of [false, true]) {
    await patch(session, '/Users', userId, writer.toActive(active), active ? 'enable user' : 'disable user', 'check');
  }
  const response = await read(session, '/Groups', groupId);
  if (response.status === 200 && !memberIds(response.body).includes(userId)) {
    session.report('disabled-user-loses-groups', response, 'restore a user', 'still a member', 'no longer a member');
    session.unsupported.add('disable');
  }
}

/** @returns the values of the matching attributes afterwards */
async function renameGroup(session: Session, dialect: Dialect, { id, values, newValues }: ProbeGroup): Promise<Values> {
  const writer = session.writerFor(dialect);
  const [row] = matchingRows(session.profile.groups);
  const path = row?.path ?? 'displayName';
  const value = newValues[path] ?? '';
  const probe: Probe = {
    collection: '/Groups',
    step: 'rename group',
    dialect,
    id,
    operations: () => writer.toChange([{ path, value }]),
    isDone: (after) => isSameValue(value, valueAt(after, path)),
    expected: `204 or 200, then ${path}: ${JSON.stringify(value)}`,
    show: (after) => valueAt(after, path),
  };
  const rules: FailureRules = { refused: 'group-change-refused', ignored: 'group-change-ignored' };
  const fallbacks = [writer.isFlagged ? WITH_PATH : LOWER_CASE_OPS, WITHOUT_EXTRA_KEYS];
  const { works } = await runProbe(session, probe, rules, fallbacks);
  if (!works) {
    session.unsupported.add('change-group');
    return values;
  }
  if (canSearch(session, '/Groups')) {
    const { found, response } = await match(session, '/Groups', { [path]: value }, 'check');
    if (!found.some((one) => idOf(one) === id)) reportNotFound(session, response, { [path]: value });
  }
  return { ...values, [path]: value };
}
