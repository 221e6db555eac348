import { valueAt } from '../../client/attribute-path.js';
import type { Deviation } from '../dialect/patch-writer.js';
import { equals, idOf, match, post, read, search, toResources, toUserBody } from '../session/entra-requests.js';
import type { ScimResponse } from '../../client/exchange.js';
import type { RuleId } from '../rules/finding.js';
import { toText } from '../../client/json.js';
import { matchingRows, maps } from '../../profile/profile.js';
import type { Values } from '../../profile/personas.js';
import { SkipObject, AbortRun } from '../session/run-errors.js';
import type { Session } from '../session/session.js';
import { discard, ruleForStatus } from './probe.js';

const STEP = 'create the first user';

/** A user that can go without one of these is created; the one that it cannot have is what was refused. */
const CREATION_FALLBACKS: ReadonlyArray<readonly [RuleId, Deviation]> = [
  ['empty-roles-refused', 'empty-roles'],
  ['enterprise-schema-refused', 'enterprise-schema'],
];

/**
 * One user of its own, before all others: how it is created, found, read and compared tells of every other. Without one
 * there is nothing to rehearse.
 *
 * @returns its id, by which it is taken away when it is no longer needed
 * @throws AbortRun
 */
export async function probeFirstUser(session: Session): Promise<string> {
  const values = session.personas.user(session.nextProbeNumber());
  const id = await session.attempt(() => createFirst(session, values));
  if (id === undefined) throw new AbortRun();
  await session.attempt(() => checkStoredUser(session, id, values));
  await session.attempt(() => findUser(session, id, values));
  await session.attempt(() => createAgain(session, id, values));
  await session.attempt(() => readNobody(session, values));
  return id;
}

async function createFirst(session: Session, values: Values): Promise<string> {
  await match(session, '/Users', values);
  const response = await post(session, '/Users', toUserBody(session, values));
  if (response.status === 400 || response.status === 422 || response.status === 500) {
    for (const [rule, deviation] of CREATION_FALLBACKS) {
      session.avoid.add(deviation);
      const again = await post(session, '/Users', toUserBody(session, values), 'check');
      if (again.status < 300) {
        session.report(rule, response, STEP, '201 and the user');
        return requireId(session, again);
      }
      session.avoid.delete(deviation);
    }
  }
  session.accept(response, 'create-user-refused', STEP);
  if (response.status !== 201) session.report('create-status', response, STEP, '201');
  return requireId(session, response);
}

function requireId(session: Session, response: ScimResponse): string {
  const id = idOf(response.body);
  if (id !== undefined) return id;
  session.report('created-without-id', response, STEP, 'the created user with its id', 'no id');
  throw new SkipObject();
}

/** Reads it back: every value as it was sent, and `active` as a boolean. */
async function checkStoredUser(session: Session, id: string, values: Values): Promise<void> {
  const response = session.accept(await read(session, '/Users', id), 'user-unreadable', 'read user', [200]);
  const { unreliablePaths } = session.ledger;
  for (const { path, sent, stored } of session.ledger.differences(response.body, values)) {
    const rule = stored === undefined || stored === null ? 'value-lost' : 'value-rewritten';
    session.report(rule, response, 'read user', `${path}: ${toText(sent)}`, `${path}: ${toText(stored)}`);
    unreliablePaths.add(path);
  }
  if (!maps(session.profile.users, 'active')) return;
  const active = valueAt(response.body, 'active');
  if (active === undefined) session.report('active-missing', response, 'read user', 'active: true', 'no active');
  else if (typeof active === 'string') {
    session.report('active-is-text', response, 'read user', 'active: true', `active: ${JSON.stringify(active)}`);
  }
}

/** Finds it by every attribute that Entra matches by, by `userName` in another case too. */
async function findUser(session: Session, id: string, values: Values): Promise<void> {
  for (const { path } of matchingRows(session.profile.users)) {
    const value = values[path];
    if (value === undefined) continue;
    const { found } = await match(session, '/Users', { [path]: value }, 'check');
    if (!found.some((one) => idOf(one) === id)) await reportNotFound(session, equals(path, value));
  }
  const { userName } = values;
  if (typeof userName !== 'string' || session.findings.has('user-not-found')) return;
  const response = await searchFor(session, equals('userName', userName.toUpperCase()));
  if (response.status === 200 && !toResources(response.body)?.some((one) => idOf(one) === id)) {
    session.report('user-name-case', response, 'match user', `${userName} is found`, 'nobody');
  }
  // Nobody is there of another name: the connection test may have passed in an empty application only.
  await match(session, '/Users', { userName: `nobody-${userName}` }, 'check');
}

async function reportNotFound(session: Session, filter: string): Promise<void> {
  const again = await searchFor(session, filter);
  session.report('user-not-found', again, 'match user', 'the user that was created', 'nobody');
}

function searchFor(session: Session, filter: string): Promise<ScimResponse> {
  return search(session, '/Users', filter, { step: 'match user', by: 'check' });
}

/** What a repeated POST after a lost answer meets, and somebody else with the same address. */
async function createAgain(session: Session, id: string, values: Values): Promise<void> {
  const response = await post(session, '/Users', toUserBody(session, values), 'check');
  // One that fails at everything does not fail at this.
  if (response.status >= 500) await match(session, '/Users', values, 'check');
  const isAdopted = response.status < 300 && idOf(response.body) === id;
  if (response.status < 300 && !isAdopted) {
    reportDuplicate(session, response, 'duplicate-user-accepted');
    const other = idOf(response.body);
    if (other !== undefined) await discard(session, '/Users', other);
  } else if (await takesAddress(session, id, values)) return;
  else if (isAdopted) reportDuplicate(session, response, 'duplicate-user-accepted');
  else if (response.status !== 409) {
    reportDuplicate(session, response, await ruleForStatus(session, response, 'duplicate-user-not-409'));
  }
}

function reportDuplicate(session: Session, response: ScimResponse, rule: RuleId): void {
  session.report(rule, response, 'create the user again', '409');
}

/** Somebody else with the same address is somebody else, or a conflict. */
async function takesAddress(session: Session, id: string, values: Values): Promise<boolean> {
  const path = 'emails[type eq "work"].value';
  const address = values[path];
  if (address === undefined) return false;
  const other = { ...session.personas.user(session.nextProbeNumber()), [path]: address };
  const response = await post(session, '/Users', toUserBody(session, other), 'check');
  const made = response.status < 300 ? idOf(response.body) : undefined;
  if (made === undefined) return false;
  if (made !== id) {
    await discard(session, '/Users', made);
    return false;
  }
  session.report(
    'account-adopted',
    response,
    'create a user with the same address',
    'another user, or 409',
    'the same id',
  );
  return true;
}

async function readNobody(session: Session, values: Values): Promise<void> {
  if (session.findings.has('user-unreadable')) return;
  const response = await read(session, '/Users', session.random.uuid());
  if (response.status >= 500) await match(session, '/Users', values, 'check');
  if (response.status !== 404) session.report('unknown-id-not-404', response, 'read a user that is not there', '404');
}
