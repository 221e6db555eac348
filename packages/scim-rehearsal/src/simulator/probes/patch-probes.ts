import { parseAttributePath, valueAt } from '../../client/attribute-path.js';
import type { Dialect, Operation } from '../dialect/patch-writer.js';
import { getStored, patch } from '../session/entra-requests.js';
import { isSame } from '../session/expected-state.js';
import { isReference } from '../../profile/profile.js';
import type { Session } from '../session/session.js';
import { createProbeUser, discard, runProbe, type Probe } from './probe.js';

/** What holds for any PATCH: all or nothing, nothing for nothing, and a removal that removes. */
export async function probePatchRules(session: Session, dialect: Dialect): Promise<void> {
  await session.attempt(() => sendNoOperations(session));
  await session.attempt(() => failHalfWay(session, dialect));
  await session.attempt(() => removeWithValue(session, dialect));
  await session.attempt(() => addObjects(session, dialect));
  await session.attempt(() => addRole(session, dialect));
}

async function sendNoOperations(session: Session): Promise<void> {
  const user = await createProbeUser(session);
  const response = await patch(session, '/Users', user.id, [], 'change user', 'check');
  if (response.status >= 300) {
    session.report('empty-operations-refused', response, 'a PATCH without operations', '200 or 204');
  }
  await discard(session, '/Users', user.id);
}

/** A good operation, then one that nobody knows: refused as a whole, or, where anything goes, nothing is learned. */
async function failHalfWay(session: Session, dialect: Dialect): Promise<void> {
  const row = session.profile.users.find((one) => {
    const isPlain = /^[a-z]+$/i.test(one.path) && one.type === 'String' && one.matching === undefined;
    return isPlain && one.constant === undefined && !isReference(one) && !session.ledger.unreliablePaths.has(one.path);
  });
  if (!row) return;
  const user = await createProbeUser(session);
  const value = user.others[row.path] ?? '';
  const [good] = session.writerFor(dialect).toChange([{ path: row.path, value }]);
  const bad: Operation = { op: 'rehearse', path: row.path, value: 'nobody knows this operation' };
  const response = await patch(session, '/Users', user.id, good ? [good, bad] : [bad], 'change user', 'check');
  const stored = valueAt(await getStored(session, '/Users', user.id), row.path);
  if (response.status >= 300 && isSame(value, stored)) {
    const expected = `refused, and ${row.path} as it was`;
    const seen = `${response.status}, and ${row.path} changed`;
    session.report('failed-patch-applied', response, 'a PATCH that fails half way', expected, seen, { dialect });
  }
  await discard(session, '/Users', user.id);
}

/** Whether it is removed or refused: what must not happen is that the value is written. */
async function removeWithValue(session: Session, dialect: Dialect): Promise<void> {
  const row = session.profile.users.find(({ path }) => parseAttributePath(path)?.where?.name === 'type');
  if (!row || session.unsupported.has('filtered-paths') || session.ledger.unreliablePaths.has(row.path)) return;
  const user = await createProbeUser(session);
  const value = user.others[row.path] ?? '';
  const op = session.writerFor(dialect).isFlagged || session.avoid.has('capital-ops') ? 'remove' : 'Remove';
  const response = await patch(session, '/Users', user.id, [{ op, path: row.path, value }], 'change user', 'check');
  const stored = valueAt(await getStored(session, '/Users', user.id), row.path);
  if (isSame(value, stored)) {
    const seen = `${response.status}, and ${row.path} is ${JSON.stringify(stored)}`;
    session.report('remove-with-value-writes', response, 'a Remove with a value', 'the value is not written', seen, {
      dialect,
    });
  }
  await discard(session, '/Users', user.id);
}

/** A list of texts, whose new values Entra sends as objects. */
async function addObjects(session: Session, dialect: Dialect): Promise<void> {
  const row = session.profile.users.find(
    ({ type, path }) => type === 'Array' && !session.ledger.unreliablePaths.has(path),
  );
  if (!row) return;
  const { path } = row;
  const user = await createProbeUser(session);
  const op = session.writerFor(dialect).isFlagged || session.avoid.has('capital-ops') ? 'add' : 'Add';
  const added = 'added by the rehearsal';
  const stored = valueAt(user.stored, path);
  const expected = [...(Array.isArray(stored) ? (stored as readonly string[]) : []), added];
  const probe: Probe = {
    collection: '/Users',
    step: `add to ${path}`,
    dialect,
    id: user.id,
    operations: () => [{ op, path, value: [{ value: added }] }],
    isDone: (after) => isSame(expected, valueAt(after, path)),
    expected: `200 or 204, then ${JSON.stringify(expected)}`,
    show: (after) => valueAt(after, path),
  };
  const { works } = await runProbe(session, probe, { refused: 'object-list-refused', ignored: 'object-list-refused' });
  if (!works) session.ledger.unreliablePaths.add(path);
  await discard(session, '/Users', user.id);
}

/** How an assigned role comes without the flag. What is kept of it is the application's affair; that it is taken, is not. */
async function addRole(session: Session, dialect: Dialect): Promise<void> {
  const { users } = session.profile;
  const isMapped = users.some(({ path }) => parseAttributePath(path)?.attribute === 'roles');
  if (!isMapped || session.writerFor(dialect).isFlagged) return;
  const user = await createProbeUser(session);
  const role = { id: '18d14569-c3bd-439b-9a66-3a2aee01d14f', value: 'rehearsal', displayName: 'Rehearsal' };
  const op = session.avoid.has('capital-ops') ? 'add' : 'Add';
  const operation = { op, path: 'roles', value: [{ value: JSON.stringify(role) }] };
  const response = await patch(session, '/Users', user.id, [operation], 'change user');
  if (response.status >= 300) {
    session.report('role-as-json-text-refused', response, 'add a role', '200 or 204', undefined, { dialect });
  }
  await discard(session, '/Users', user.id);
}
