import { ENTERPRISE_URN, MANAGER_PATH, valueAt } from '../../client/attribute-path.js';
import type { Dialect, Operation } from '../dialect/patch-writer.js';
import { canSearch, hasReference, idOf, post, toUserBody } from '../session/entra-requests.js';
import { isObject, toText, type Json } from '../../client/json.js';
import { maps } from '../../profile/profile.js';
import type { Session } from '../session/session.js';
import {
  LOWER_CASE_OPS,
  createProbeUser,
  discard,
  findsNewUsers,
  runProbe,
  type Fallback,
  type FailureRules,
  type Probe,
  ruleForStatus,
} from './probe.js';

const AS_OBJECT: Fallback = {
  deviation: 'manager-as-text',
  refused: 'manager-text-refused',
  ignored: 'manager-text-ignored',
};

/** Sets a manager as Entra writes it, asks for it as Entra asks, changes and removes it; then the forms seen elsewhere. */
export async function probeManager(session: Session, dialect: Dialect): Promise<void> {
  if (!maps(session.profile.users, MANAGER_PATH) || session.unsupported.has('manager')) return;
  // Where nothing of the extension is kept, it is told already, and no manager will be.
  if ([...session.ledger.unreliablePaths].some((path) => path.startsWith(ENTERPRISE_URN))) {
    session.unsupported.add('manager');
    return;
  }
  await session.attempt(async () => {
    const boss = await createProbeUser(session);
    const other = await createProbeUser(session);
    const user = await createProbeUser(session);
    const writer = session.writerFor(dialect);
    const set = async (id: string, isNew: boolean) =>
      runProbe(
        session,
        toProbe(dialect, user.id, 'set the manager', () => writer.toManager(MANAGER_PATH, id, isNew), id),
        { refused: 'manager-refused', ignored: 'manager-refused' },
        [LOWER_CASE_OPS, AS_OBJECT],
      );
    if ((await set(boss.id, true)).works && (await set(other.id, false)).works) {
      await checkManagerReference(session, user.id, other.id, boss.id);
      await removeManager(session, dialect, user.id, other.id);
      await writeSample(session, dialect, user.id, boss.id);
    } else session.unsupported.add('manager');
    await createWithManager(session, boss.id);
    for (const { id } of [user, other, boss]) await discard(session, '/Users', id);
  });
}

/** What is held as the manager: RFC 7643 §4.3 has an object, some answer with the id alone. */
export function managerOf(user: Json | undefined): string | undefined {
  const manager = valueAt(user, MANAGER_PATH);
  const value = isObject(manager) ? manager['value'] : manager;
  return value === undefined || value === null || value === '' ? undefined : toText(value);
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
    const expected = isThere ? 'the user' : 'nobody';
    const rule = await ruleForStatus(session, asked.response, 'reference-check-refused');
    session.report(rule, asked.response, 'check a manager', expected);
    return;
  }
}

/** By a removal, and by a replacement with nothing, as the validation for the gallery does it. */
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
  const byNothing = toProbe(dialect, id, 'replace the manager by nothing', () => emptying, undefined);
  await runProbe(session, byNothing, rules);
}

async function writeSample(session: Session, dialect: Dialect, id: string, managerId: string): Promise<void> {
  const op = session.writerFor(dialect).isFlagged || session.avoid.has('capital-ops') ? 'add' : 'Add';
  const operations = [{ op, path: 'manager', value: [{ $ref: null, value: managerId }] }];
  const rules: FailureRules = { refused: 'manager-sample-refused', ignored: 'manager-sample-refused' };
  await runProbe(
    session,
    toProbe(dialect, id, 'set the manager as the sample does', () => operations, managerId),
    rules,
  );
}

/** Not told when it is the text in any form that is not taken: that is known from the PATCH. */
async function createWithManager(session: Session, managerId: string): Promise<void> {
  if (session.avoid.has('manager-as-text') || session.unsupported.has('manager')) return;
  await session.attempt(async () => {
    const body = toUserBody(session, session.personas.user(session.nextProbeNumber()));
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
