import { valueAt } from '../../client/attribute-path.js';
import type { Dialect } from '../dialect/patch-writer.js';
import { canSearch, idOf, match, patch } from '../session/entra-requests.js';
import type { Json } from '../../client/json.js';
import { toActive } from '../session/expected-state.js';
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
} from './probe.js';

const NOT_DONE: Blame = { refused: 'disable-refused', ignored: 'disable-ignored' };

/** As text in the default dialect. Some keep the text, which then reads as true. */
const AS_BOOLEAN: Alternative = {
  deviation: 'text-booleans',
  refused: 'active-text-refused',
  ignored: (after) => (typeof valueAt(after, 'active') === 'string' ? 'active-text-kept' : 'active-text-ignored'),
};

/** Disables a user, looks whether it can still be read and found, and enables it again. */
export async function tryActive(session: Session, dialect: Dialect): Promise<void> {
  if (!maps(session.profile.users, 'active') || session.unable.has('disable')) return;
  // Until it has been seen to work, nobody else is disabled.
  session.unable.add('disable');
  const works = await session.attempt(async () => {
    const user = await createTrialUser(session);
    const isDisabled = await session.attempt(() => trySetting(session, dialect, user.id, false));
    if (isDisabled !== true) {
      // As it was, so that it can be removed in the end.
      await patch(session, '/Users', user.id, session.writerOf(dialect).toActive(true), 'enable user', 'check');
      return false;
    }
    if (canSearch(session, '/Users')) await findDisabled(session, user.id, user.values);
    const isEnabled = await trySetting(session, dialect, user.id, true);
    await discard(session, '/Users', user.id);
    return isEnabled;
  });
  if (works === true && !session.findings.has('disabled-user-hidden')) session.unable.delete('disable');
}

async function trySetting(session: Session, dialect: Dialect, id: string, active: boolean): Promise<boolean> {
  const { findings } = session;
  const writer = session.writerOf(dialect);
  const isUnseen = findings.has('active-missing');
  const mayBeText = findings.has('active-is-text');
  const trial: Trial = {
    collection: '/Users',
    step: active ? 'enable a user' : 'disable a user',
    dialect,
    id,
    operations: () => writer.toActive(active),
    isDone: (after: Json) => isUnseen || (toActive(after) === active && (mayBeText || isBoolean(after))),
    expected: `200 or 204, then active: ${String(active)}`,
    show: (after: Json) => valueAt(after, 'active'),
    hidden: 'disabled-user-hidden',
  };
  const alternatives = writer.isFlagged ? [] : [LOWER_CASE, AS_BOOLEAN];
  return (await tryChange(session, trial, NOT_DONE, alternatives)).works;
}

function isBoolean(resource: Json): boolean {
  return typeof valueAt(resource, 'active') === 'boolean';
}

async function findDisabled(session: Session, id: string, values: Readonly<Record<string, Json>>): Promise<void> {
  const { found, answer } = await match(session, '/Users', values, 'check');
  if (found.some((one) => idOf(one) === id) || !(await findsNewcomers(session))) return;
  const expected = 'the user, with active false';
  session.tell('disabled-user-hidden', answer, 'match a disabled user', expected, 'nobody is found');
}
