import { parseAttributePath, valueAt } from '../../client/attribute-path.js';
import type { Operation } from '../../client/patch-body.js';
import { isSameValue } from '../../client/value-equality.js';
import { isReference } from '../../profile/profile.js';
import type { Dialect } from '../dialect/dialect.js';
import { getStored, patch } from '../session/entra-requests.js';
import type { Session } from '../session/session.js';
import { createProbeUser, discard, runProbe, type Probe } from './probe.js';

/** Probes general requirements on PATCH: atomicity, empty requests, removals with a value, and unusual values. */
export async function probePatchRules(session: Session, dialect: Dialect): Promise<void> {
  await session.attempt(() => sendNoOperations(session));
  await session.attempt(() => failPartway(session, dialect));
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

/** Sends a valid and an unknown operation. The request must be refused as a whole; if it succeeds, the probe is inconclusive. */
async function failPartway(session: Session, dialect: Dialect): Promise<void> {
  const row = session.profile.users.find((one) => {
    const isPlain = /^[a-z]+$/i.test(one.path) && one.type === 'String' && one.matching === undefined;
    const isReliable = !session.expected.unreliablePaths.has(one.path);
    return isPlain && one.constant === undefined && !isReference(one) && isReliable;
  });
  if (!row) return;
  const user = await createProbeUser(session);
  const value = user.newValues[row.path] ?? '';
  const [valid] = session.writerFor(dialect).toChange([{ path: row.path, value }]);
  const invalid: Operation = { op: 'rehearse', path: row.path, value: 'an unknown operation' };
  const operations = valid ? [valid, invalid] : [invalid];
  const response = await patch(session, '/Users', user.id, operations, 'change user', 'check');
  const stored = valueAt(await getStored(session, '/Users', user.id), row.path);
  if (response.status >= 300 && isSameValue(value, stored)) {
    const expected = `refused, with ${row.path} unchanged`;
    const seen = `${response.status}, but ${row.path} changed`;
    session.report('failed-patch-applied', response, 'a PATCH with an invalid operation', expected, seen, { dialect });
  }
  await discard(session, '/Users', user.id);
}

/** Sends a removal with a value. It may succeed or be refused, but must not write the value. */
async function removeWithValue(session: Session, dialect: Dialect): Promise<void> {
  const row = session.profile.users.find(({ path }) => parseAttributePath(path)?.where?.name === 'type');
  if (!row || session.unsupported.has('filtered-paths') || session.expected.unreliablePaths.has(row.path)) return;
  const user = await createProbeUser(session);
  const value = user.newValues[row.path] ?? '';
  const operation = { op: session.writerFor(dialect).op('remove'), path: row.path, value };
  const response = await patch(session, '/Users', user.id, [operation], 'change user', 'check');
  const stored = valueAt(await getStored(session, '/Users', user.id), row.path);
  if (isSameValue(value, stored)) {
    const seen = `${response.status}, then ${row.path}: ${JSON.stringify(stored)}`;
    const expected = 'the value is not written';
    session.report('remove-with-value-writes', response, 'a Remove with a value', expected, seen, { dialect });
  }
  await discard(session, '/Users', user.id);
}

/** Adds an object to a list of strings, which is how Entra sends new values of such a list. */
async function addObjects(session: Session, dialect: Dialect): Promise<void> {
  const { unreliablePaths } = session.expected;
  const row = session.profile.users.find(({ type, path }) => type === 'Array' && !unreliablePaths.has(path));
  if (!row) return;
  const { path } = row;
  const user = await createProbeUser(session);
  const op = session.writerFor(dialect).op('add');
  const added = 'added by the rehearsal';
  const stored = valueAt(user.stored, path);
  const expected = [...(Array.isArray(stored) ? (stored as readonly string[]) : []), added];
  const probe: Probe = {
    collection: '/Users',
    step: `add to ${path}`,
    dialect,
    id: user.id,
    operations: () => [{ op, path, value: [{ value: added }] }],
    isDone: (after) => isSameValue(expected, valueAt(after, path)),
    expected: `200 or 204, then ${JSON.stringify(expected)}`,
    show: (after) => valueAt(after, path),
  };
  const { works } = await runProbe(session, probe, { refused: 'object-list-refused', ignored: 'object-list-refused' });
  if (!works) unreliablePaths.add(path);
  await discard(session, '/Users', user.id);
}

/** Assigns an app role as Entra does without the flag. It must be accepted; how it is stored is up to the application. */
async function addRole(session: Session, dialect: Dialect): Promise<void> {
  const writer = session.writerFor(dialect);
  const isMapped = session.profile.users.some(({ path }) => parseAttributePath(path)?.attribute === 'roles');
  if (!isMapped || writer.isFlagged) return;
  const user = await createProbeUser(session);
  const role = { id: '18d14569-c3bd-439b-9a66-3a2aee01d14f', value: 'rehearsal', displayName: 'Rehearsal' };
  const operation = { op: writer.op('add'), path: 'roles', value: [{ value: JSON.stringify(role) }] };
  const response = await patch(session, '/Users', user.id, [operation], 'change user');
  if (response.status >= 300) {
    session.report('role-as-json-text-refused', response, 'add a role', '200 or 204', undefined, { dialect });
  }
  await discard(session, '/Users', user.id);
}
