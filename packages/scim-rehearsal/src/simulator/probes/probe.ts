import type { Draft } from '../../client/attribute-path.js';
import type { ScimResponse } from '../../client/exchange.js';
import { toText, type Json } from '../../client/json.js';
import type { Operation } from '../../client/patch-body.js';
import type { Values } from '../../client/resource-body.js';
import { idOf, type Collection } from '../../client/resource.js';
import type { Dialect } from '../dialect/dialect.js';
import type { Deviation } from '../dialect/patch-writer.js';
import type { RuleId } from '../rules/finding.js';
import { getStored, patch, post, read, remove, toBody } from '../session/entra-requests.js';
import { match } from '../session/matching.js';
import { SkipObject } from '../session/run-errors.js';
import type { Session } from '../session/session.js';

/** One kind of change, made to an object created for it, so that a failure has a single cause and affects nothing else. */
export interface Probe {
  readonly collection: Collection;
  readonly step: string;
  readonly dialect: Dialect;
  readonly id: string;
  /** Called for each attempt, since the avoided deviations may change in between. */
  readonly operations: () => readonly Operation[];
  /** Whether the stored object shows the change. */
  readonly isDone: (after: Json) => boolean;
  readonly expected: string;
  /** The part of the stored object that a finding shows. */
  readonly show: (after: Json) => Json | undefined;
  /** The rule that is violated if the object can no longer be read. */
  readonly hidden?: RuleId;
}

/** The result of one attempt. `ignored`: answered with success, but not done. */
export interface ProbeOutcome {
  readonly result: 'done' | 'refused' | 'ignored';
  readonly response: ScimResponse;
  /** The object as stored afterwards. */
  readonly after: Json;
}

/** The rules that are violated if a change is refused, and if it is answered with success but not done. */
export interface FailureRules {
  readonly refused: RuleId;
  readonly ignored: RuleId | ((after: Json) => RuleId);
}

/** Another attempt without one deviation, and the rules that the deviation violates if the attempt succeeds. */
export interface Fallback extends FailureRules {
  readonly deviation: Deviation;
}

/** Retries with operation names in lower case. */
export const LOWER_CASE_OPS: Fallback = {
  deviation: 'capital-ops',
  refused: 'capital-op-refused',
  ignored: 'capital-op-refused',
};

/** Sends the change and reads the object. */
async function sendChange(session: Session, probe: Probe): Promise<ProbeOutcome> {
  const { collection, id, operations, isDone, hidden } = probe;
  const step = collection === '/Users' ? 'change user' : 'change group';
  const response = await patch(session, collection, id, operations(), step);
  const after = await getStored(session, collection, id, hidden);
  if (response.status >= 300 || response.content === 'html') return { result: 'refused', response, after };
  return { result: isDone(after) ? 'done' : 'ignored', response, after };
}

/**
 * Makes a change. If it fails, it is repeated with each fallback in turn. The first fallback that succeeds identifies the
 * deviation at fault, which is reported and avoided from then on; if none does, the change itself is reported.
 *
 * @returns the outcome of the original change, and whether it or a fallback succeeded
 */
export async function runProbe(
  session: Session,
  probe: Probe,
  rules: FailureRules,
  fallbacks: readonly Fallback[] = [],
): Promise<ProbeOutcome & { readonly works: boolean }> {
  const outcome = await sendChange(session, probe);
  if (outcome.result === 'done') return { ...outcome, works: true };
  for (const fallback of fallbacks) {
    if (session.avoid.has(fallback.deviation)) continue;
    session.avoid.add(fallback.deviation);
    if ((await sendChange(session, probe)).result === 'done') {
      reportProbe(session, probe, outcome, ruleOf(fallback, outcome));
      return { ...outcome, works: true };
    }
    session.avoid.delete(fallback.deviation);
  }
  reportProbe(session, probe, outcome, ruleOf(rules, outcome));
  return { ...outcome, works: false };
}

function ruleOf({ refused, ignored }: FailureRules, { result, after }: ProbeOutcome): RuleId {
  if (result === 'refused') return refused;
  return typeof ignored === 'function' ? ignored(after) : ignored;
}

/** Reports the result of a probe. A status that forbids all writing violates a rule of its own. */
export function reportProbe(
  session: Session,
  { step, dialect, expected, show }: Probe,
  { result, response, after }: ProbeOutcome,
  rule: RuleId,
): void {
  const isForbidden = result === 'refused' && [403, 405].includes(response.status);
  const seen = result === 'refused' ? undefined : `${response.status}, then ${JSON.stringify(show(after) ?? null)}`;
  session.report(isForbidden ? 'method-refused' : rule, response, step, expected, seen, { dialect });
}

/** A user created for one probe. */
export interface ProbeUser {
  readonly id: string;
  readonly values: Values;
  /** Changed values for the same user. */
  readonly newValues: Values;
  /** The user as stored after its creation. */
  readonly stored: Json;
}

/**
 * Creates a user for a probe.
 *
 * @param prepare modifies the body of the POST
 * @throws SkipObject if the POST fails, without a report: an attribute that the probe removed may be required
 */
export async function createProbeUser(
  session: Session,
  prepare: (body: Draft) => void = () => undefined,
): Promise<ProbeUser> {
  const n = session.nextProbeNumber();
  const values = session.personas.user(n);
  const body = toBody(session, '/Users', values);
  prepare(body);
  const response = await post(session, '/Users', body, 'check');
  const id = response.status < 300 ? idOf(response.body) : undefined;
  if (id === undefined) throw new SkipObject();
  return { id, values, newValues: session.personas.user(n, 2), stored: await getStored(session, '/Users', id) };
}

/** Deletes an object of a probe. If that fails, the cleanup tries again at the end. */
export async function discard(session: Session, collection: Collection, id: string): Promise<void> {
  if (session.unsupported.has('delete')) return;
  const response = await remove(session, collection, id, 'check');
  const isReadable = response.content === 'json' || response.content === 'none';
  if (!isReadable || (response.status >= 300 && response.status !== 404)) return;
  // Success is not trusted before one deletion has been verified.
  if (!session.isDeleteVerified && (await read(session, collection, id, 'check')).status < 300) return;
  session.created.remove(collection, id);
}

/**
 * Called when a search missed a user: checks whether searches find a user that was created last. If not, searches only cover
 * the first users, which is reported.
 */
export async function findsNewUsers(session: Session): Promise<boolean> {
  const user = await createProbeUser(session);
  const { found, response } = await match(session, '/Users', user.values, 'check');
  await discard(session, '/Users', user.id);
  if (found.some((one) => idOf(one) === user.id)) return true;
  reportIncompleteSearch(session, response, toText(user.values['userName']));
  return false;
}

/** Reports that an existing user is not found although the first one was. */
export function reportIncompleteSearch(session: Session, response: ScimResponse | undefined, name: string): void {
  if (session.findings.has('user-not-found')) return;
  const seen = `the first user of the rehearsal was found, but ${name} was not`;
  session.report('search-stops-early', response, 'match user', 'every user is found', seen);
}

/**
 * The rule that a refused request violates. A web page, or an endpoint that also fails at a harmless request, says nothing about
 * the request itself.
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
