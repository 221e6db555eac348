import { TransportError } from '../client/exchange.js';
import { isObject, type Json } from '../client/json.js';
import type { CreatedResource } from '../simulator/session/expected-state.js';
import { deleteStaleObjects } from '../simulator/phases/stale-objects.js';
import { deleteCreated } from '../simulator/phases/cleanup.js';
import type { Profile } from '../profile/profile.js';
import type { Progress } from '../simulator/session/progress.js';
import { SkipObject, AbortRun } from '../simulator/session/run-errors.js';
import { Session, type RehearsalOptions } from '../simulator/session/session.js';
import type { Check, CheckResult } from './context/check.js';
import type { ClientCredentials, Connection } from './context/client-credentials.js';
import { NotApplicable, CheckFailed } from './context/check-failed.js';
import { CHECKS } from './checks/checks.js';
import { readPublished } from './context/published-attributes.js';
import type { ValidationResult } from './validation-result.js';
import { CheckContext } from './context/check-context.js';

export type ValidationOptions = Pick<
  RehearsalOptions,
  'tenantUrl' | 'token' | 'seed' | 'isSeedChosen' | 'keep' | 'rate' | 'timeout' | 'signal' | 'abandon'
> & {
  /** What Validate_Credentials asks for a token with; without it that check is skipped. */
  readonly credentials?: ClientCredentials | undefined;
};

const STOPPED = 'the validation was told to stop';

/** The checks know what they send; no mapping has a say in it. */
const NO_PROFILE: Profile = { name: 'validation', users: [], groups: [] };

/**
 * Makes the checks of Microsoft's SCIM Validator and of the onboarding template for the gallery, one after another, and
 * removes what they made. Whatever the endpoint does is in the result; only what is wrong with the options throws.
 *
 * @throws TenantUrlError
 */
export async function validate(options: ValidationOptions, progress: Progress): Promise<ValidationResult> {
  const started = performance.now();
  const startedAt = new Date().toISOString();
  const session = new Session(
    { ...options, profile: NO_PROFILE, dialect: 'default', users: 0, groups: 0, members: 0, concurrency: 1 },
    progress,
    () => undefined,
  );
  const checks = await runChecks(session, options);
  const left = await removeUnlessKept(session);
  session.client.close();
  const { tenantUrl, seed } = options;
  return {
    tenantUrl,
    seed,
    startedAt,
    seconds: (performance.now() - started) / 1000,
    verdict: toVerdict(checks, options.signal?.aborted === true),
    checks,
    left,
  };
}

async function runChecks(session: Session, connection: Connection): Promise<readonly CheckResult[]> {
  const { client, ledger, personas, progress, options } = session;
  const results: CheckResult[] = [];
  progress.begin('validation', CHECKS.length);
  const published = readPublished(
    await readDiscovery(session, '/Schemas'),
    await readDiscovery(session, '/ResourceTypes'),
  );
  let stopped: string | undefined;
  for (const [index, check] of CHECKS.entries()) {
    if (options.signal?.aborted) stopped = STOPPED;
    const context = new CheckContext(client, connection, published, ledger, personas.namePrefix, index);
    const result: CheckResult = stopped === undefined ? await runCheck(check, context, options) : skip(check, stopped);
    results.push(result);
    progress.advance();
    if (result.verdict === 'failed' && index === 0) stopped = 'the connection does not work';
    else if (result.exchange?.failure) stopped ??= 'the endpoint has stopped answering';
    else if (index === 0 && options.isSeedChosen) await removeWhatWasLeft(session);
  }
  progress.end();
  return results;
}

/** @returns undefined where nothing came: what is not known is taken to be there */
async function readDiscovery({ client, options: { signal } }: Session, path: string): Promise<Json | undefined> {
  try {
    const { status, body } = await client.request('GET', path, { step: 'read schemas', by: 'check' });
    return status === 200 && (isObject(body) || Array.isArray(body)) ? body : undefined;
  } catch (error) {
    // The first check tells of it, or is skipped where the validation was told to stop.
    if (error instanceof TransportError || signal?.aborted === true) return undefined;
    throw error;
  }
}

async function removeWhatWasLeft(session: Session): Promise<void> {
  try {
    await deleteStaleObjects(session);
  } catch (error) {
    // The next check tells of it.
    const isKnown =
      error instanceof SkipObject || error instanceof AbortRun || session.options.signal?.aborted === true;
    if (!isKnown) throw error;
  }
}

async function runCheck(
  check: Check,
  context: CheckContext,
  { signal, abandon }: Pick<ValidationOptions, 'signal' | 'abandon'>,
): Promise<CheckResult> {
  try {
    await check.run(context);
    return { ...describe(check), verdict: 'passed' };
  } catch (error) {
    // What was cut is nobody's failure.
    if (abandon?.aborted) return skip(check, STOPPED);
    if (error instanceof NotApplicable) return skip(check, error.message);
    if (error instanceof CheckFailed || error instanceof TransportError) {
      const { message: reason, exchange } = error;
      const verdict = check.optional ? 'warned' : 'failed';
      return { ...describe(check), verdict, reason, ...(exchange && { exchange }) };
    }
    if (signal?.aborted) return skip(check, STOPPED);
    throw error;
  }
}

function skip(check: Check, reason: string): CheckResult {
  return { ...describe(check), verdict: 'skipped', reason };
}

function describe({ run: _run, ...rest }: Check): Omit<Check, 'run'> {
  return rest;
}

async function removeUnlessKept(session: Session): Promise<readonly CreatedResource[]> {
  const { made } = session.ledger;
  if (session.options.keep || made.length === 0) return made;
  session.progress.begin('remove', made.length);
  const left = await deleteCreated(session, true);
  session.progress.end();
  return left;
}

function toVerdict(checks: readonly CheckResult[], isInterrupted: boolean): ValidationResult['verdict'] {
  const count = (verdict: CheckResult['verdict']) => checks.filter((check) => check.verdict === verdict).length;
  const [passed, failed, warned, skipped] = [count('passed'), count('failed'), count('warned'), count('skipped')];
  const figures = `${passed} passed, ${failed} failed, ${warned} warned of, ${skipped} skipped`;
  const summary =
    failed > 0
      ? `This endpoint would not pass the validation: ${figures}.`
      : isInterrupted
        ? `The validation was interrupted: ${figures}.`
        : `This endpoint would pass what can be checked from here: ${figures}.`;
  return { isHealthy: failed === 0 && !isInterrupted, passed, failed, warned, skipped, summary };
}
