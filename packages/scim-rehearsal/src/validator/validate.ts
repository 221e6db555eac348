import { TransportError } from '../client/exchange.js';
import { isObject, type Json } from '../client/json.js';
import type { Profile } from '../profile/profile.js';
import { deleteCreated } from '../simulator/phases/cleanup.js';
import { deleteStaleObjects } from '../simulator/phases/stale-objects.js';
import type { CreatedResource } from '../simulator/session/created-resources.js';
import type { Progress } from '../simulator/session/progress.js';
import type { RehearsalOptions } from '../simulator/session/rehearsal-options.js';
import { AbortRun, SkipObject } from '../simulator/session/run-errors.js';
import { Session } from '../simulator/session/session.js';
import { CHECKS } from './checks/checks.js';
import { CheckContext } from './context/check-context.js';
import { CheckFailed, NotApplicable } from './context/check-failed.js';
import type { Check, CheckResult } from './context/check.js';
import type { ClientCredentials, Connection } from './context/client-credentials.js';
import { readPublishedAttributes } from './context/published-attributes.js';
import type { ValidationResult } from './validation-result.js';

/** The options of a validation. */
export type ValidationOptions = Pick<
  RehearsalOptions,
  'tenantUrl' | 'token' | 'seed' | 'isSeedChosen' | 'keep' | 'rate' | 'timeout' | 'signal' | 'abandon'
> & {
  /** For Validate_Credentials, which is skipped without them. */
  readonly credentials?: ClientCredentials | undefined;
};

const INTERRUPTED = 'the validation was interrupted';

/** The checks do not depend on a mapping. */
const NO_PROFILE: Profile = { name: 'validation', users: [], groups: [] };

/**
 * Runs the checks of Microsoft's SCIM Validator and of the onboarding template for the gallery, one after another, and deletes
 * what they created. Faults of the endpoint are part of the result; only invalid options throw.
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
  const left = await deleteUnlessKept(session);
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
  const { client, created, personas, progress, options } = session;
  const results: CheckResult[] = [];
  progress.begin('validation', CHECKS.length);
  const published = readPublishedAttributes(
    await readDiscovery(session, '/Schemas'),
    await readDiscovery(session, '/ResourceTypes'),
  );
  let skipReason: string | undefined;
  for (const [index, check] of CHECKS.entries()) {
    if (options.signal?.aborted) skipReason = INTERRUPTED;
    const context = new CheckContext(client, connection, published, created, personas.namePrefix, index);
    const result = skipReason === undefined ? await runCheck(check, context, options) : skip(check, skipReason);
    results.push(result);
    progress.advance();
    if (result.verdict === 'failed' && index === 0) skipReason = 'the connection does not work';
    else if (result.exchange?.failure) skipReason ??= 'the endpoint has stopped responding';
    else if (index === 0 && options.isSeedChosen) await tryDeleteStaleObjects(session);
  }
  progress.end();
  return results;
}

/** @returns undefined if the response is unusable */
async function readDiscovery({ client, options: { signal } }: Session, path: string): Promise<Json | undefined> {
  try {
    const { status, body } = await client.request('GET', path, { step: 'read schemas', by: 'check' });
    return status === 200 && (isObject(body) || Array.isArray(body)) ? body : undefined;
  } catch (error) {
    // The first check reports the failure, or is skipped after an interruption.
    if (error instanceof TransportError || signal?.aborted === true) return undefined;
    throw error;
  }
}

async function tryDeleteStaleObjects(session: Session): Promise<void> {
  try {
    await deleteStaleObjects(session);
  } catch (error) {
    // The next check reports the failure.
    const isExpected = error instanceof SkipObject || error instanceof AbortRun || session.options.signal?.aborted;
    if (!isExpected) throw error;
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
    // A cancelled request is not a failure of the endpoint.
    if (abandon?.aborted) return skip(check, INTERRUPTED);
    if (error instanceof NotApplicable) return skip(check, error.message);
    if (error instanceof CheckFailed || error instanceof TransportError) {
      const { message: reason, exchange } = error;
      const verdict = check.optional ? 'warned' : 'failed';
      return { ...describe(check), verdict, reason, ...(exchange && { exchange }) };
    }
    if (signal?.aborted) return skip(check, INTERRUPTED);
    throw error;
  }
}

function skip(check: Check, reason: string): CheckResult {
  return { ...describe(check), verdict: 'skipped', reason };
}

function describe({ run: _run, ...rest }: Check): Omit<Check, 'run'> {
  return rest;
}

async function deleteUnlessKept(session: Session): Promise<readonly CreatedResource[]> {
  const { all } = session.created;
  if (session.options.keep || all.length === 0) return all;
  session.progress.begin('cleanup', all.length);
  const left = await deleteCreated(session, true);
  session.progress.end();
  return left;
}

function toVerdict(checks: readonly CheckResult[], isInterrupted: boolean): ValidationResult['verdict'] {
  const count = (verdict: CheckResult['verdict']) => checks.filter((check) => check.verdict === verdict).length;
  const [passed, failed, warned, skipped] = [count('passed'), count('failed'), count('warned'), count('skipped')];
  const figures = `${passed} passed, ${failed} failed, ${warned} warned, ${skipped} skipped`;
  const summary =
    failed > 0
      ? `This endpoint would not pass the validation: ${figures}.`
      : isInterrupted
        ? `The validation was interrupted: ${figures}.`
        : `This endpoint passes every check that can be run here: ${figures}.`;
  return { isHealthy: failed === 0 && !isInterrupted, passed, failed, warned, skipped, summary };
}
