import type { Draft } from '../../client/attribute-path.js';
import type { Deviation, Dialect, Operation } from '../dialect/patch-writer.js';
import { getStored, idOf, match, patch, post, read, remove, toUserBody } from '../session/entra-requests.js';
import type { ScimResponse } from '../../client/exchange.js';
import type { RuleId } from '../rules/finding.js';
import { toText, type Json } from '../../client/json.js';
import type { Collection } from '../session/expected-state.js';
import type { Values } from '../../profile/personas.js';
import { SkipObject } from '../session/run-errors.js';
import type { Session } from '../session/session.js';

/** A change of one object that serves nothing else, so that what goes wrong is this change's and touches no other. */
export interface Probe {
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

export interface ProbeOutcome {
  readonly result: 'done' | 'refused' | 'ignored';
  readonly response: ScimResponse;
  /** What was held afterwards. */
  readonly after: Json;
}

/** The rules that are broken when a change is refused, and when it is answered as done but was not made. */
export interface FailureRules {
  readonly refused: RuleId;
  readonly ignored: RuleId | ((after: Json) => RuleId);
}

/** The change without one peculiarity. Where that works, it was the peculiarity that did not. */
export interface Fallback extends FailureRules {
  readonly deviation: Deviation;
}

/** What is taken in lower case and was not with a capital letter was refused for that. */
export const LOWER_CASE_OPS: Fallback = {
  deviation: 'capital-ops',
  refused: 'capital-op-refused',
  ignored: 'capital-op-refused',
};

/** Sends the change and reads what came of it. */
async function sendChange(session: Session, probe: Probe): Promise<ProbeOutcome> {
  const { collection, id, operations, isDone, hidden } = probe;
  const step = collection === '/Users' ? 'change user' : 'change group';
  const response = await patch(session, collection, id, operations(), step);
  const after = await getStored(session, collection, id, hidden);
  if (response.status >= 300 || response.content === 'html') return { result: 'refused', response, after };
  return { result: isDone(after) ? 'done' : 'ignored', response, after };
}

/**
 * Tries a change. When it does not succeed, it is tried again without each of the peculiarities: the first that makes the
 * difference is told, and avoided from then on. Only if none does, the change itself is to blame.
 *
 * @returns what came of the original, and whether any form works
 */
export async function runProbe(
  session: Session,
  probe: Probe,
  rules: FailureRules,
  fallbacks: readonly Fallback[] = [],
): Promise<ProbeOutcome & { readonly works: boolean }> {
  const outcome = await sendChange(session, probe);
  if (outcome.result === 'done') return { ...outcome, works: true };
  for (const { deviation, ...rules } of fallbacks) {
    if (session.avoid.has(deviation)) continue;
    session.avoid.add(deviation);
    if ((await sendChange(session, probe)).result === 'done') {
      reportProbe(session, probe, outcome, ruleOf(rules, outcome));
      return { ...outcome, works: true };
    }
    session.avoid.delete(deviation);
  }
  reportProbe(session, probe, outcome, ruleOf(rules, outcome));
  return { ...outcome, works: false };
}

function ruleOf({ refused, ignored }: FailureRules, { result, after }: ProbeOutcome): RuleId {
  if (result === 'refused') return refused;
  return typeof ignored === 'function' ? ignored(after) : ignored;
}

/** Tells what a trial showed. The statuses that forbid all writing speak for themselves. */
export function reportProbe(
  session: Session,
  probe: Probe,
  { result, response, after }: ProbeOutcome,
  rule: RuleId,
): void {
  const { step, dialect, expected, show } = probe;
  const isForbidden = result === 'refused' && [403, 405].includes(response.status);
  const told = isForbidden ? 'method-refused' : rule;
  if (result === 'refused') session.report(told, response, step, expected, undefined, { dialect });
  else
    session.report(told, response, step, expected, `${response.status}, then ${JSON.stringify(show(after) ?? null)}`, {
      dialect,
    });
}

/** A user for one trial, as it is held. */
export interface ProbeUser {
  readonly id: string;
  readonly values: Values;
  /** Other values for the same person. */
  readonly others: Values;
  readonly stored: Json;
}

/**
 * Creates a user for a trial.
 *
 * @param prepare the trial's own touch to the body
 * @throws SkipObject, without telling, when it is refused: an attribute that the trial leaves out may be required
 */
export async function createProbeUser(
  session: Session,
  prepare: (body: Draft) => void = () => undefined,
): Promise<ProbeUser> {
  const n = session.nextProbeNumber();
  const values = session.personas.user(n);
  const body = toUserBody(session, values);
  prepare(body);
  const response = await post(session, '/Users', body, 'check');
  const id = response.status < 300 ? idOf(response.body) : undefined;
  if (id === undefined) throw new SkipObject();
  return { id, values, others: session.personas.user(n, 2), stored: await getStored(session, '/Users', id) };
}

/** Takes away what a trial made; what cannot be taken away stays noted for the end. */
export async function discard(session: Session, collection: Collection, id: string): Promise<void> {
  if (session.unsupported.has('delete')) return;
  const response = await remove(session, collection, id, 'check');
  const isAnswered = response.content === 'json' || response.content === 'none';
  if (!isAnswered || (response.status >= 300 && response.status !== 404)) return;
  // Until a deletion has been seen to delete, its word is not taken.
  if (!session.isDeleteVerified && (await read(session, collection, id, 'check')).status < 300) return;
  session.ledger.noteGone(collection, id);
}

/**
 * Whether a search finds a user that has just been made, asked when one was not found that should have been. Where it does
 * not, the search gives up before it comes to the newest, which is told; the first user of all was found.
 */
export async function findsNewUsers(session: Session): Promise<boolean> {
  const user = await createProbeUser(session);
  const { found, response } = await match(session, '/Users', user.values, 'check');
  await discard(session, '/Users', user.id);
  if (found.some((one) => idOf(one) === user.id)) return true;
  reportIncompleteSearch(session, response, toText(user.values['userName']));
  return false;
}

/** Tells that a user is not found who is there, where the first one was. */
export function reportIncompleteSearch(session: Session, response: ScimResponse | undefined, name: string): void {
  if (session.findings.has('user-not-found')) return;
  const seen = `the first user of the rehearsal was found, ${name} is not`;
  session.report('search-stops-early', response, 'match user', 'every user is found', seen);
}

/**
 * The rule that a refusal breaks. A page for browsers, or an endpoint that fails whatever it is asked, has not judged what was
 * asked here.
 */
export async function ruleForStatus(
  session: Session,
  { status, content }: ScimResponse,
  rule: RuleId,
): Promise<RuleId> {
  if (status < 500) return content === 'html' ? 'answers-html' : rule;
  const harmless = await session.send('GET', '/Users', { query: { count: 1 }, step: 'match user', by: 'check' });
  return harmless.status >= 500 ? 'server-error' : rule;
}
