import { ENTERPRISE_URN, MANAGER_PATH, valueAt } from '../../client/attribute-path.js';
import type { Dialect, Operation } from '../dialect/patch-writer.js';
import { canSearch, hasReference, idOf, post, toUserBody } from '../session/entra-requests.js';
import { isObject, toText, type Json } from '../../client/json.js';
import { maps } from '../../profile/profile.js';
import type { Session } from '../session/session.js';
import {
  LOWER_CASE,
  createTrialUser,
  discard,
  findsNewcomers,
  tryChange,
  type Alternative,
  type Blame,
  type Trial,
  ruleOfStatus,
} from './probe.js';

const AS_OBJECT: Alternative = {
  deviation: 'manager-as-text',
  refused: 'manager-text-refused',
  ignored: 'manager-text-ignored',
};

/** Sets a manager as Entra writes it, asks for it as Entra asks, changes and removes it; then the forms seen elsewhere. */
export async function tryManager(session: Session, dialect: Dialect): Promise<void> {
  if (!maps(session.profile.users, MANAGER_PATH) || session.unable.has('manager')) return;
  // Where nothing of the extension is kept, it is told already, and no manager will be.
  if ([...session.ledger.doubtful].some((path) => path.startsWith(ENTERPRISE_URN))) {
    session.unable.add('manager');
    return;
  }
  await session.attempt(async () => {
    const boss = await createTrialUser(session);
    const other = await createTrialUser(session);
    const user = await createTrialUser(session);
    const writer = session.writerOf(dialect);
    const set = async (id: string, isNew: boolean) =>
      tryChange(
        session,
        toTrial(dialect, user.id, 'set the manager', () => writer.toManager(MANAGER_PATH, id, isNew), id),
        { refused: 'manager-refused', ignored: 'manager-refused' },
        [LOWER_CASE, AS_OBJECT],
      );
    if ((await set(boss.id, true)).works && (await set(other.id, false)).works) {
      await askForManager(session, user.id, other.id, boss.id);
      await removeManager(session, dialect, user.id, other.id);
      await writeSample(session, dialect, user.id, boss.id);
    } else session.unable.add('manager');
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

function toTrial(
  dialect: Dialect,
  id: string,
  step: string,
  operations: () => readonly Operation[],
  managerId: string | undefined,
): Trial {
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

async function askForManager(session: Session, id: string, managerId: string, formerId: string): Promise<void> {
  if (!canSearch(session, '/Users') || session.findings.has('filter-ignored')) return;
  for (const [reference, isThere] of [
    [managerId, true],
    [formerId, false],
  ] as const) {
    const asked = await hasReference(session, '/Users', id, 'manager', reference);
    if (asked.isThere === isThere) continue;
    if (isThere && !(await findsNewcomers(session))) return;
    const expected = isThere ? 'the user' : 'nobody';
    const rule = await ruleOfStatus(session, asked.answer, 'reference-check-refused');
    session.tell(rule, asked.answer, 'check a manager', expected);
    return;
  }
}

/** By a removal, and by a replacement with nothing, as the validation for the gallery does it. */
async function removeManager(session: Session, dialect: Dialect, id: string, managerId: string): Promise<void> {
  const writer = session.writerOf(dialect);
  const [removal] = writer.toManagerRemoval(MANAGER_PATH);
  const emptying = writer.toChange([{ path: MANAGER_PATH, value: '' }]);
  const blame: Blame = { refused: 'manager-not-removed', ignored: 'manager-not-removed' };
  const byRemoval = toTrial(dialect, id, 'remove the manager', () => (removal ? [removal] : []), undefined);
  if (!(await tryChange(session, byRemoval, blame, [LOWER_CASE])).works) return;
  const again = toTrial(
    dialect,
    id,
    'set the manager',
    () => writer.toManager(MANAGER_PATH, managerId, true),
    managerId,
  );
  await tryChange(session, again, { refused: 'manager-refused', ignored: 'manager-refused' });
  const byNothing = toTrial(dialect, id, 'replace the manager by nothing', () => emptying, undefined);
  await tryChange(session, byNothing, blame);
}

async function writeSample(session: Session, dialect: Dialect, id: string, managerId: string): Promise<void> {
  const op = session.writerOf(dialect).isFlagged || session.avoid.has('capital-ops') ? 'add' : 'Add';
  const operations = [{ op, path: 'manager', value: [{ $ref: null, value: managerId }] }];
  const blame: Blame = { refused: 'manager-sample-refused', ignored: 'manager-sample-refused' };
  await tryChange(
    session,
    toTrial(dialect, id, 'set the manager as the sample does', () => operations, managerId),
    blame,
  );
}

/** Not told when it is the text in any form that is not taken: that is known from the PATCH. */
async function createWithManager(session: Session, managerId: string): Promise<void> {
  if (session.avoid.has('manager-as-text') || session.unable.has('manager')) return;
  await session.attempt(async () => {
    const body = toUserBody(session, session.people.user(session.nextTrial()));
    const extension = body[ENTERPRISE_URN];
    body[ENTERPRISE_URN] = { ...(isObject(extension) ? extension : {}), manager: managerId };
    const answer = await post(session, '/Users', body, 'check');
    const id = idOf(answer.body);
    if (answer.status >= 300) {
      const rule = await ruleOfStatus(session, answer, 'create-with-manager-text-refused');
      session.tell(rule, answer, 'create a user with a manager', '201');
    } else if (id !== undefined) await discard(session, '/Users', id);
  });
}
