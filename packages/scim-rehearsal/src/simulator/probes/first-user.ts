import { valueAt } from '../../client/attribute-path.js';
import type { ScimResponse } from '../../client/exchange.js';
import { toText } from '../../client/json.js';
import type { Values } from '../../client/resource-body.js';
import { idOf, toEqualFilter, toResources } from '../../client/resource.js';
import { maps, matchingRows } from '../../profile/profile.js';
import type { Deviation } from '../dialect/patch-writer.js';
import type { RuleId } from '../rules/finding.js';
import { post, read, search, toBody } from '../session/entra-requests.js';
import { match } from '../session/matching.js';
import { AbortRun, SkipObject } from '../session/run-errors.js';
import type { Session } from '../session/session.js';
import { discard, ruleForStatus } from './probe.js';

const STEP = 'create the first user';

/** The deviations to omit, one at a time, if the POST is refused, and the rule that the endpoint violates if that helps. */
const CREATION_FALLBACKS: ReadonlyArray<readonly [RuleId, Deviation]> = [
  ['empty-roles-refused', 'empty-roles'],
  ['enterprise-schema-refused', 'enterprise-schema'],
];

/**
 * Probes how a single user is created, found, read and created again.
 *
 * @returns the id of the user, which the caller deletes
 * @throws AbortRun if the user cannot be created
 */
export async function probeFirstUser(session: Session): Promise<string> {
  const values = session.personas.user(session.nextProbeNumber());
  const id = await session.attempt(() => createFirst(session, values));
  if (id === undefined) throw new AbortRun();
  await session.attempt(() => checkStoredUser(session, id, values));
  await session.attempt(() => findUser(session, id, values));
  await session.attempt(() => createAgain(session, id, values));
  await session.attempt(() => readUnknownId(session, values));
  return id;
}

async function createFirst(session: Session, values: Values): Promise<string> {
  await match(session, '/Users', values);
  const response = await post(session, '/Users', toBody(session, '/Users', values));
  if (response.status === 400 || response.status === 422 || response.status === 500) {
    for (const [rule, deviation] of CREATION_FALLBACKS) {
      session.avoid.add(deviation);
      const again = await post(session, '/Users', toBody(session, '/Users', values), 'check');
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

/** Reads the user back: the values must be those that were sent, and `active` a boolean. */
async function checkStoredUser(session: Session, id: string, values: Values): Promise<void> {
  const response = session.accept(await read(session, '/Users', id), 'user-unreadable', 'read user', [200]);
  const { unreliablePaths } = session.expected;
  for (const { path, sent, stored } of session.expected.differences(response.body, values)) {
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

/** Finds the user by each matching attribute, and by `userName` in upper case. */
async function findUser(session: Session, id: string, values: Values): Promise<void> {
  for (const { path } of matchingRows(session.profile.users)) {
    const value = values[path];
    if (value === undefined) continue;
    const { found } = await match(session, '/Users', { [path]: value }, 'check');
    if (!found.some((one) => idOf(one) === id)) await reportNotFound(session, toEqualFilter(path, value));
  }
  const { userName } = values;
  if (typeof userName !== 'string' || session.findings.has('user-not-found')) return;
  const response = await searchFor(session, toEqualFilter('userName', userName.toUpperCase()));
  if (response.status === 200 && !toResources(response.body)?.some((one) => idOf(one) === id)) {
    session.report('user-name-case', response, 'match user', `${userName} is found`, 'no user');
  }
  // A name that no user has: Test Connection may have passed only because there were no users.
  await match(session, '/Users', { userName: `nobody-${userName}` }, 'check');
}

async function reportNotFound(session: Session, filter: string): Promise<void> {
  const again = await searchFor(session, filter);
  session.report('user-not-found', again, 'match user', 'the created user', 'no user');
}

function searchFor(session: Session, filter: string): Promise<ScimResponse> {
  return search(session, '/Users', filter, { step: 'match user', by: 'check' });
}

/** Repeats the POST, as Entra does after a lost response, and creates another user with the same email address. */
async function createAgain(session: Session, id: string, values: Values): Promise<void> {
  const response = await post(session, '/Users', toBody(session, '/Users', values), 'check');
  // If the endpoint fails at every request, this throws SkipObject.
  if (response.status >= 500) await match(session, '/Users', values, 'check');
  const isAdopted = response.status < 300 && idOf(response.body) === id;
  if (response.status < 300 && !isAdopted) {
    reportDuplicate(session, response, 'duplicate-user-accepted');
    const other = idOf(response.body);
    if (other !== undefined) await discard(session, '/Users', other);
  } else if (await adoptsByAddress(session, id, values)) return;
  else if (isAdopted) reportDuplicate(session, response, 'duplicate-user-accepted');
  else if (response.status !== 409) {
    reportDuplicate(session, response, await ruleForStatus(session, response, 'duplicate-user-not-409'));
  }
}

function reportDuplicate(session: Session, response: ScimResponse, rule: RuleId): void {
  session.report(rule, response, 'create the user again', '409');
}

/** Checks whether a POST with the email address of an existing user returns that user instead of a new one or a conflict. */
async function adoptsByAddress(session: Session, id: string, values: Values): Promise<boolean> {
  const path = 'emails[type eq "work"].value';
  const address = values[path];
  if (address === undefined) return false;
  const other = { ...session.personas.user(session.nextProbeNumber()), [path]: address };
  const response = await post(session, '/Users', toBody(session, '/Users', other), 'check');
  const createdId = response.status < 300 ? idOf(response.body) : undefined;
  if (createdId === undefined) return false;
  if (createdId !== id) {
    await discard(session, '/Users', createdId);
    return false;
  }
  const step = 'create a user with the same address';
  session.report('account-adopted', response, step, 'another user, or 409', 'the id of the existing user');
  return true;
}

async function readUnknownId(session: Session, values: Values): Promise<void> {
  if (session.findings.has('user-unreadable')) return;
  const response = await read(session, '/Users', session.random.uuid());
  if (response.status >= 500) await match(session, '/Users', values, 'check');
  if (response.status !== 404) session.report('unknown-id-not-404', response, 'read an unknown id', '404');
}
