import { valueAt } from '../../client/attribute-path.js';
import { isObject } from '../../client/json.js';
import type { Operation } from '../../client/patch-body.js';
import { idOf, managerOf } from '../../client/resource.js';
import { ENTERPRISE_URN, MANAGER_PATH } from '../../client/urns.js';
import { maps } from '../../profile/profile.js';
import type { Dialect } from '../dialect/dialect.js';
import { post, toBody } from '../session/entra-requests.js';
import { canSearch, hasReference } from '../session/matching.js';
import type { Session } from '../session/session.js';
import {
  LOWER_CASE_OPS,
  createProbeUser,
  discard,
  findsNewUsers,
  ruleForStatus,
  runProbe,
  type FailureRules,
  type Fallback,
  type Probe,
} from './probe.js';

const AS_OBJECT: Fallback = {
  deviation: 'manager-as-text',
  refused: 'manager-text-refused',
  ignored: 'manager-text-ignored',
};

/** Sets, checks, changes and removes a manager as Entra does, then sends other forms that have been seen. */
export async function probeManager(session: Session, dialect: Dialect): Promise<void> {
  if (!maps(session.profile.users, MANAGER_PATH) || session.unsupported.has('manager')) return;
  // If the endpoint does not store the extension, which has been reported, it does not store managers either.
  if ([...session.expected.unreliablePaths].some((path) => path.startsWith(ENTERPRISE_URN))) {
    session.unsupported.add('manager');
    return;
  }
  await session.attempt(async () => {
    const first = await createProbeUser(session);
    const second = await createProbeUser(session);
    const user = await createProbeUser(session);
    const writer = session.writerFor(dialect);
    const set = async (id: string, isNew: boolean) =>
      runProbe(
        session,
        toProbe(dialect, user.id, 'set the manager', () => writer.toManager(MANAGER_PATH, id, isNew), id),
        { refused: 'manager-refused', ignored: 'manager-refused' },
        [LOWER_CASE_OPS, AS_OBJECT],
      );
    if ((await set(first.id, true)).works && (await set(second.id, false)).works) {
      await checkManagerReference(session, user.id, second.id, first.id);
      await removeManager(session, dialect, user.id, second.id);
      await writeSample(session, dialect, user.id, first.id);
    } else session.unsupported.add('manager');
    await createWithManager(session, first.id);
    for (const { id } of [user, second, first]) await discard(session, '/Users', id);
  });
}

function toProbe(
  dialect: Dialect,
  id: string,
  step: string,
  operations: () => readonly Operation[],
  managerId: string | undefined,
): Probe {
  return {
    collection: '/Users',
    step,
    dialect,
    id,
    operations,
    isDone: (after) => managerOf(after) === managerId,
    expected: `200 or 204, then ${managerId === undefined ? 'no manager' : `the manager ${managerId}`}`,
    show: (after) => valueAt(after, MANAGER_PATH),
  };
}

async function checkManagerReference(session: Session, id: string, managerId: string, formerId: string): Promise<void> {
  if (!canSearch(session, '/Users') || session.findings.has('filter-ignored')) return;
  for (const [reference, isThere] of [
    [managerId, true],
    [formerId, false],
  ] as const) {
    const asked = await hasReference(session, '/Users', id, 'manager', reference);
    if (asked.isThere === isThere) continue;
    if (isThere && !(await findsNewUsers(session))) return;
    const expected = isThere ? 'the user' : 'no user';
    const rule = await ruleForStatus(session, asked.response, 'reference-check-refused');
    session.report(rule, asked.response, 'check a manager', expected);
    return;
  }
}

/** Removes the manager with a remove operation, and with an empty value as the validation for the gallery does. */
async function removeManager(session: Session, dialect: Dialect, id: string, managerId: string): Promise<void> {
  const writer = session.writerFor(dialect);
  const [removal] = writer.toManagerRemoval(MANAGER_PATH);
  const emptying = writer.toChange([{ path: MANAGER_PATH, value: '' }]);
  const rules: FailureRules = { refused: 'manager-not-removed', ignored: 'manager-not-removed' };
  const byRemoval = toProbe(dialect, id, 'remove the manager', () => (removal ? [removal] : []), undefined);
  if (!(await runProbe(session, byRemoval, rules, [LOWER_CASE_OPS])).works) return;
  const again = toProbe(
    dialect,
    id,
    'set the manager',
    () => writer.toManager(MANAGER_PATH, managerId, true),
    managerId,
  );
  await runProbe(session, again, { refused: 'manager-refused', ignored: 'manager-refused' });
  const byEmptyValue = toProbe(dialect, id, 'replace the manager with an empty value', () => emptying, undefined);
  await runProbe(session, byEmptyValue, rules);
}

/** Sets the manager as in a sample of Microsoft's documentation. */
async function writeSample(session: Session, dialect: Dialect, id: string, managerId: string): Promise<void> {
  const op = session.writerFor(dialect).op('add');
  const operations = [{ op, path: 'manager', value: [{ $ref: null, value: managerId }] }];
  const rules: FailureRules = { refused: 'manager-sample-refused', ignored: 'manager-sample-refused' };
  await runProbe(
    session,
    toProbe(dialect, id, 'set the manager as in Microsoft’s sample', () => operations, managerId),
    rules,
  );
}

/** Creates a user whose manager is a bare id, unless the endpoint is known not to accept bare ids. */
async function createWithManager(session: Session, managerId: string): Promise<void> {
  if (session.avoid.has('manager-as-text') || session.unsupported.has('manager')) return;
  await session.attempt(async () => {
    const body = toBody(session, '/Users', session.personas.user(session.nextProbeNumber()));
    const extension = body[ENTERPRISE_URN];
    body[ENTERPRISE_URN] = { ...(isObject(extension) ? extension : {}), manager: managerId };
    const response = await post(session, '/Users', body, 'check');
    const id = idOf(response.body);
    if (response.status >= 300) {
      const rule = await ruleForStatus(session, response, 'create-with-manager-text-refused');
      session.report(rule, response, 'create a user with a manager', '201');
    } else if (id !== undefined) await discard(session, '/Users', id);
  });
}
