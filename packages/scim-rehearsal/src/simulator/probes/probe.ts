import type { Draft } from '../../client/attribute-path.js';
import type { Deviation, Dialect, Operation } from '../dialect/patch-writer.js';
import { getHeld, idOf, match, patch, post, read, remove, toUserBody } from '../session/entra-requests.js';
import type { Answer } from '../../client/exchange.js';
import type { RuleId } from '../rules/finding.js';
import { toText, type Json } from '../../client/json.js';
import type { Collection } from '../session/expected-state.js';
import type { Values } from '../../profile/personas.js';
import { GaveUp } from '../session/run-errors.js';
import type { Session } from '../session/session.js';

/** A change of one object that serves nothing else, so that what goes wrong is this change's and touches no other. */
export interface Trial {
  readonly collection: Collection;
  readonly step: string;
  readonly dialect: Dialect;
  readonly id: string;
  /** Asked anew for each attempt: what is avoided by then is written in another way. */
  readonly operations: () => readonly Operation[];
  /** Whether what was to be changed is changed. */
  readonly isDone: (after: Json) => boolean;
  readonly expected: string;
  /** What is shown of the object when it is not done. */
  readonly show: (after: Json) => Json | undefined;
  /** What is broken when the object can no longer be read. */
  readonly hidden?: RuleId;
}

export interface Outcome {
  readonly result: 'done' | 'refused' | 'ignored';
  readonly answer: Answer;
  /** What was held afterwards. */
  readonly after: Json;
}

/** The rules that are broken when a change is refused, and when it is answered as done but was not made. */
export interface Blame {
  readonly refused: RuleId;
  readonly ignored: RuleId | ((after: Json) => RuleId);
}

/** The change without one peculiarity. Where that works, it was the peculiarity that did not. */
export interface Alternative extends Blame {
  readonly deviation: Deviation;
}

/** What is taken in lower case and was not with a capital letter was refused for that. */
export const LOWER_CASE: Alternative = {
  deviation: 'capital-ops',
  refused: 'capital-op-refused',
  ignored: 'capital-op-refused',
};

/** Sends the change and reads what came of it. */
async function attemptChange(session: Session, trial: Trial): Promise<Outcome> {
  const { collection, id, operations, isDone, hidden } = trial;
  const step = collection === '/Users' ? 'change user' : 'change group';
  const answer = await patch(session, collection, id, operations(), step);
  const after = await getHeld(session, collection, id, hidden);
  if (answer.status >= 300 || answer.content === 'html') return { result: 'refused', answer, after };
  return { result: isDone(after) ? 'done' : 'ignored', answer, after };
}

/**
 * Tries a change. When it does not succeed, it is tried again without each of the peculiarities: the first that makes the
 * difference is told, and avoided from then on. Only if none does, the change itself is to blame.
 *
 * @returns what came of the original, and whether any form works
 */
export async function tryChange(
  session: Session,
  trial: Trial,
  blame: Blame,
  alternatives: readonly Alternative[] = [],
): Promise<Outcome & { readonly works: boolean }> {
  const outcome = await attemptChange(session, trial);
  if (outcome.result === 'done') return { ...outcome, works: true };
  for (const { deviation, ...rules } of alternatives) {
    if (session.avoid.has(deviation)) continue;
    session.avoid.add(deviation);
    if ((await attemptChange(session, trial)).result === 'done') {
      tellTrial(session, trial, outcome, ruleOf(rules, outcome));
      return { ...outcome, works: true };
    }
    session.avoid.delete(deviation);
  }
  tellTrial(session, trial, outcome, ruleOf(blame, outcome));
  return { ...outcome, works: false };
}

function ruleOf({ refused, ignored }: Blame, { result, after }: Outcome): RuleId {
  if (result === 'refused') return refused;
  return typeof ignored === 'function' ? ignored(after) : ignored;
}

/** Tells what a trial showed. The statuses that forbid all writing speak for themselves. */
export function tellTrial(session: Session, trial: Trial, { result, answer, after }: Outcome, rule: RuleId): void {
  const { step, dialect, expected, show } = trial;
  const isForbidden = result === 'refused' && [403, 405].includes(answer.status);
  const told = isForbidden ? 'method-refused' : rule;
  if (result === 'refused') session.tell(told, answer, step, expected, undefined, { dialect });
  else
    session.tell(told, answer, step, expected, `${answer.status}, then ${JSON.stringify(show(after) ?? null)}`, {
      dialect,
    });
}

/** A user for one trial, as it is held. */
export interface TrialUser {
  readonly id: string;
  readonly values: Values;
  /** Other values for the same person. */
  readonly others: Values;
  readonly held: Json;
}

/**
 * Creates a user for a trial.
 *
 * @param prepare the trial's own touch to the body
 * @throws GaveUp, without telling, when it is refused: an attribute that the trial leaves out may be required
 */
export async function createTrialUser(
  session: Session,
  prepare: (body: Draft) => void = () => undefined,
): Promise<TrialUser> {
  const n = session.nextTrial();
  const values = session.people.user(n);
  const body = toUserBody(session, values);
  prepare(body);
  const answer = await post(session, '/Users', body, 'check');
  const id = answer.status < 300 ? idOf(answer.body) : undefined;
  if (id === undefined) throw new GaveUp();
  return { id, values, others: session.people.user(n, 2), held: await getHeld(session, '/Users', id) };
}

/** Takes away what a trial made; what cannot be taken away stays noted for the end. */
export async function discard(session: Session, collection: Collection, id: string): Promise<void> {
  if (session.unable.has('delete')) return;
  const answer = await remove(session, collection, id, 'check');
  const isAnswered = answer.content === 'json' || answer.content === 'none';
  if (!isAnswered || (answer.status >= 300 && answer.status !== 404)) return;
  // Until a deletion has been seen to delete, its word is not taken.
  if (!session.hasDeleted && (await read(session, collection, id, 'check')).status < 300) return;
  session.ledger.noteGone(collection, id);
}

/**
 * Whether a search finds a user that has just been made, asked when one was not found that should have been. Where it does
 * not, the search gives up before it comes to the newest, which is told; the first user of all was found.
 */
export async function findsNewcomers(session: Session): Promise<boolean> {
  const user = await createTrialUser(session);
  const { found, answer } = await match(session, '/Users', user.values, 'check');
  await discard(session, '/Users', user.id);
  if (found.some((one) => idOf(one) === user.id)) return true;
  tellSearchStops(session, answer, toText(user.values['userName']));
  return false;
}

/** Tells that a user is not found who is there, where the first one was. */
export function tellSearchStops(session: Session, answer: Answer | undefined, name: string): void {
  if (session.findings.has('user-not-found')) return;
  const seen = `the first user of the rehearsal was found, ${name} is not`;
  session.tell('search-stops-early', answer, 'match user', 'every user is found', seen);
}

/**
 * The rule that a refusal breaks. A page for browsers, or an endpoint that fails whatever it is asked, has not judged what was
 * asked here.
 */
export async function ruleOfStatus(session: Session, { status, content }: Answer, rule: RuleId): Promise<RuleId> {
  if (status < 500) return content === 'html' ? 'answers-html' : rule;
  const harmless = await session.send('GET', '/Users', { query: { count: 1 }, step: 'match user', by: 'check' });
  return harmless.status >= 500 ? 'server-error' : rule;
}
