import { valueAt } from '../../client/attribute-path.js';
import type { Deviation } from '../dialect/patch-writer.js';
import { equals, idOf, match, post, read, search, toResources, toUserBody } from '../session/entra-requests.js';
import type { Answer } from '../../client/exchange.js';
import type { RuleId } from '../rules/finding.js';
import { toText } from '../../client/json.js';
import { matchingRows, maps } from '../../profile/profile.js';
import type { Values } from '../../profile/personas.js';
import { GaveUp, Stopped } from '../session/run-errors.js';
import type { Session } from '../session/session.js';
import { discard, ruleOfStatus } from './probe.js';

const STEP = 'create the first user';

/** A user that can go without one of these is created; the one that it cannot have is what was refused. */
const CREATION_TRIALS: ReadonlyArray<readonly [RuleId, Deviation]> = [
  ['empty-roles-refused', 'empty-roles'],
  ['enterprise-schema-refused', 'enterprise-schema'],
];

/**
 * One user of its own, before all others: how it is created, found, read and compared tells of every other. Without one
 * there is nothing to rehearse.
 *
 * @returns its id, by which it is taken away when it is no longer needed
 * @throws Stopped
 */
export async function tryFirstUser(session: Session): Promise<string> {
  const values = session.people.user(session.nextTrial());
  const id = await session.attempt(() => createFirst(session, values));
  if (id === undefined) throw new Stopped();
  await session.attempt(() => lookAtUser(session, id, values));
  await session.attempt(() => findUser(session, id, values));
  await session.attempt(() => createAgain(session, id, values));
  await session.attempt(() => readNobody(session, values));
  return id;
}

async function createFirst(session: Session, values: Values): Promise<string> {
  await match(session, '/Users', values);
  const answer = await post(session, '/Users', toUserBody(session, values));
  if (answer.status === 400 || answer.status === 422 || answer.status === 500) {
    for (const [rule, deviation] of CREATION_TRIALS) {
      session.avoid.add(deviation);
      const again = await post(session, '/Users', toUserBody(session, values), 'check');
      if (again.status < 300) {
        session.tell(rule, answer, STEP, '201 and the user');
        return requireId(session, again);
      }
      session.avoid.delete(deviation);
    }
  }
  session.accept(answer, 'create-user-refused', STEP);
  if (answer.status !== 201) session.tell('create-status', answer, STEP, '201');
  return requireId(session, answer);
}

function requireId(session: Session, answer: Answer): string {
  const id = idOf(answer.body);
  if (id !== undefined) return id;
  session.tell('created-without-id', answer, STEP, 'the created user with its id', 'no id');
  throw new GaveUp();
}

/** Reads it back: every value as it was sent, and `active` as a boolean. */
async function lookAtUser(session: Session, id: string, values: Values): Promise<void> {
  const answer = session.accept(await read(session, '/Users', id), 'user-unreadable', 'read user', [200]);
  const { doubtful } = session.ledger;
  for (const { path, sent, held } of session.ledger.differences(answer.body, values)) {
    const rule = held === undefined || held === null ? 'value-lost' : 'value-rewritten';
    session.tell(rule, answer, 'read user', `${path}: ${toText(sent)}`, `${path}: ${toText(held)}`);
    doubtful.add(path);
  }
  if (!maps(session.profile.users, 'active')) return;
  const active = valueAt(answer.body, 'active');
  if (active === undefined) session.tell('active-missing', answer, 'read user', 'active: true', 'no active');
  else if (typeof active === 'string') {
    session.tell('active-is-text', answer, 'read user', 'active: true', `active: ${JSON.stringify(active)}`);
  }
}

/** Finds it by every attribute that Entra matches by, by `userName` in another case too. */
async function findUser(session: Session, id: string, values: Values): Promise<void> {
  for (const { path } of matchingRows(session.profile.users)) {
    const value = values[path];
    if (value === undefined) continue;
    const { found } = await match(session, '/Users', { [path]: value }, 'check');
    if (!found.some((one) => idOf(one) === id)) await tellNotFound(session, equals(path, value));
  }
  const { userName } = values;
  if (typeof userName !== 'string' || session.findings.has('user-not-found')) return;
  const answer = await searchFor(session, equals('userName', userName.toUpperCase()));
  if (answer.status === 200 && !toResources(answer.body)?.some((one) => idOf(one) === id)) {
    session.tell('user-name-case', answer, 'match user', `${userName} is found`, 'nobody');
  }
  // Nobody is there of another name: the connection test may have passed in an empty application only.
  await match(session, '/Users', { userName: `nobody-${userName}` }, 'check');
}

async function tellNotFound(session: Session, filter: string): Promise<void> {
  const again = await searchFor(session, filter);
  session.tell('user-not-found', again, 'match user', 'the user that was created', 'nobody');
}

function searchFor(session: Session, filter: string): Promise<Answer> {
  return search(session, '/Users', filter, { step: 'match user', by: 'check' });
}

/** What a repeated POST after a lost answer meets, and somebody else with the same address. */
async function createAgain(session: Session, id: string, values: Values): Promise<void> {
  const answer = await post(session, '/Users', toUserBody(session, values), 'check');
  // One that fails at everything does not fail at this.
  if (answer.status >= 500) await match(session, '/Users', values, 'check');
  const isAdopted = answer.status < 300 && idOf(answer.body) === id;
  if (answer.status < 300 && !isAdopted) {
    tellAgain(session, answer, 'duplicate-user-accepted');
    const other = idOf(answer.body);
    if (other !== undefined) await discard(session, '/Users', other);
  } else if (await takesAddress(session, id, values)) return;
  else if (isAdopted) tellAgain(session, answer, 'duplicate-user-accepted');
  else if (answer.status !== 409) {
    tellAgain(session, answer, await ruleOfStatus(session, answer, 'duplicate-user-not-409'));
  }
}

function tellAgain(session: Session, answer: Answer, rule: RuleId): void {
  session.tell(rule, answer, 'create the user again', '409');
}

/** Somebody else with the same address is somebody else, or a conflict. */
async function takesAddress(session: Session, id: string, values: Values): Promise<boolean> {
  const path = 'emails[type eq "work"].value';
  const address = values[path];
  if (address === undefined) return false;
  const other = { ...session.people.user(session.nextTrial()), [path]: address };
  const answer = await post(session, '/Users', toUserBody(session, other), 'check');
  const made = answer.status < 300 ? idOf(answer.body) : undefined;
  if (made === undefined) return false;
  if (made !== id) {
    await discard(session, '/Users', made);
    return false;
  }
  session.tell('account-adopted', answer, 'create a user with the same address', 'another user, or 409', 'the same id');
  return true;
}

async function readNobody(session: Session, values: Values): Promise<void> {
  if (session.findings.has('user-unreadable')) return;
  const answer = await read(session, '/Users', session.random.uuid());
  if (answer.status >= 500) await match(session, '/Users', values, 'check');
  if (answer.status !== 404) session.tell('unknown-id-not-404', answer, 'read a user that is not there', '404');
}
