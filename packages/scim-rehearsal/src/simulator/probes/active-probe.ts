import { valueAt } from '../../client/attribute-path.js';
import type { Json } from '../../client/json.js';
import type { Values } from '../../client/resource-body.js';
import { activeOf, idOf } from '../../client/resource.js';
import { maps } from '../../profile/profile.js';
import type { Dialect } from '../dialect/dialect.js';
import { patch } from '../session/entra-requests.js';
import { canSearch, match } from '../session/matching.js';
import type { Session } from '../session/session.js';
import {
  LOWER_CASE_OPS,
  createProbeUser,
  discard,
  findsNewUsers,
  runProbe,
  type FailureRules,
  type Fallback,
  type Probe,
} from './probe.js';

const DISABLE_RULES: FailureRules = { refused: 'disable-refused', ignored: 'disable-ignored' };

/** Retries with a boolean instead of the text of the default dialect. Some endpoints store the text, which is truthy. */
const AS_BOOLEAN: Fallback = {
  deviation: 'text-booleans',
  refused: 'active-text-refused',
  ignored: (after) => (typeof valueAt(after, 'active') === 'string' ? 'active-text-kept' : 'active-text-ignored'),
};

/** Disables a user, checks that it can still be read and found, and enables it again. */
export async function probeActive(session: Session, dialect: Dialect): Promise<void> {
  if (!maps(session.profile.users, 'active') || session.unsupported.has('disable')) return;
  // Until it is known to work, no other user is disabled.
  session.unsupported.add('disable');
  const works = await session.attempt(async () => {
    const user = await createProbeUser(session);
    const isDisabled = await session.attempt(() => probeSetting(session, dialect, user.id, false));
    if (isDisabled !== true) {
      // Restored, so that the cleanup can delete it.
      await patch(session, '/Users', user.id, session.writerFor(dialect).toActive(true), 'enable user', 'check');
      return false;
    }
    if (canSearch(session, '/Users')) await findDisabled(session, user.id, user.values);
    const isEnabled = await probeSetting(session, dialect, user.id, true);
    await discard(session, '/Users', user.id);
    return isEnabled;
  });
  if (works === true && !session.findings.has('disabled-user-hidden')) session.unsupported.delete('disable');
}

async function probeSetting(session: Session, dialect: Dialect, id: string, active: boolean): Promise<boolean> {
  const { findings } = session;
  const writer = session.writerFor(dialect);
  const isNotReturned = findings.has('active-missing');
  const mayBeText = findings.has('active-is-text');
  const probe: Probe = {
    collection: '/Users',
    step: active ? 'enable a user' : 'disable a user',
    dialect,
    id,
    operations: () => writer.toActive(active),
    isDone: (after: Json) => isNotReturned || (activeOf(after) === active && (mayBeText || hasBoolean(after))),
    expected: `200 or 204, then active: ${String(active)}`,
    show: (after: Json) => valueAt(after, 'active'),
    hidden: 'disabled-user-hidden',
  };
  const fallbacks = writer.isFlagged ? [] : [LOWER_CASE_OPS, AS_BOOLEAN];
  return (await runProbe(session, probe, DISABLE_RULES, fallbacks)).works;
}

function hasBoolean(resource: Json): boolean {
  return typeof valueAt(resource, 'active') === 'boolean';
}

async function findDisabled(session: Session, id: string, values: Values): Promise<void> {
  const { found, response } = await match(session, '/Users', values, 'check');
  if (found.some((one) => idOf(one) === id) || !(await findsNewUsers(session))) return;
  const expected = 'the user, with active false';
  session.report('disabled-user-hidden', response, 'match a disabled user', expected, 'no user');
}
