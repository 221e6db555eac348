import { randomUUID } from 'node:crypto';
import { isObject, toList, type Json } from '../json.js';
import { TransportError } from '../exchange.js';
import type { ScimEndpoint } from '../scim-endpoint.js';
import { NotApplicable, TEMPLATE_PAGE, Unmet, type Check, type CheckResult } from './check.js';
import { DIRECT_CHECKS } from './direct-checks.js';
import { readPublished } from './published.js';
import { removeAll, type Made } from './removal.js';
import { TEMPLATE_GROUP_CHECKS } from './template-group-checks.js';
import { TEMPLATE_USER_CHECKS } from './template-user-checks.js';
import { TOOL_GROUP_CHECKS, TOOL_USER_CHECKS } from './tool-checks.js';
import { Workbench } from './workbench.js';

/** What the validators check, in their order; the first one decides whether there is anything to check. */
export const CHECKS: readonly Check[] = [
  {
    name: 'Test_Connection',
    suite: 'SCIM Validator',
    sends: 'A GET of /Users with a filter on a userName that nobody has.',
    requires: '200 and an empty ListResponse. Without it nothing else is checked.',
    source: TEMPLATE_PAGE,
    run: async (bench: Workbench): Promise<void> => {
      const list = await bench.list('/Users', { filter: `userName eq "${randomUUID()}"` });
      bench.require(toList(list['Resources']).length === 0, 'a user is found whom nobody has created');
    },
  },
  ...TOOL_USER_CHECKS,
  ...TOOL_GROUP_CHECKS,
  ...TEMPLATE_USER_CHECKS,
  ...TEMPLATE_GROUP_CHECKS,
  ...DIRECT_CHECKS,
];

export interface ValidationOptions {
  readonly endpoint: ScimEndpoint;
  /** Begins every name that is made. */
  readonly mark: string;
  /** Leaves what was made where it is. */
  readonly keep?: boolean | undefined;
  /** Learns of each check when it is over. */
  readonly observe?: ((result: CheckResult) => void) | undefined;
  /** Once aborted, no further check begins. */
  readonly signal?: AbortSignal | undefined;
}

/** How the endpoint did. */
export interface Validation {
  readonly checks: readonly CheckResult[];
  /** What is still there: with `keep` everything, else what could not be removed. */
  readonly left: readonly Made[];
  /** True when no check failed. */
  readonly isHealthy: boolean;
}

/**
 * Makes the checks of Microsoft's SCIM Validator and of the onboarding template for the gallery, one after another, and
 * removes what they made. An endpoint that fails a check is told of in the result; nothing is thrown for it.
 */
export async function validate(options: ValidationOptions): Promise<Validation> {
  const { endpoint, mark, keep = false, observe, signal } = options;
  const made: Made[] = [];
  const checks: CheckResult[] = [];
  let left: readonly Made[] = made;
  try {
    const published = readPublished(await readSchemas(endpoint));
    let stopped: string | undefined;
    for (const [index, check] of CHECKS.entries()) {
      if (signal?.aborted) stopped = 'the validation was told to stop';
      const bench = new Workbench(endpoint, published, `${mark}-${index}`, made);
      const result: CheckResult =
        stopped === undefined
          ? await runCheck(check, bench)
          : { ...describe(check), verdict: 'skipped', reason: stopped };
      checks.push(result);
      observe?.(result);
      if (result.verdict === 'failed' && index === 0) stopped = 'the connection does not work';
      else if (result.exchange?.failure) stopped ??= 'the endpoint has stopped answering';
    }
  } finally {
    if (!keep) left = await removeAll(endpoint, made);
  }
  return { checks, left, isHealthy: checks.every(({ verdict }) => verdict !== 'failed') };
}

/** @returns undefined where nothing came: what is not known is taken to be there */
async function readSchemas(endpoint: ScimEndpoint): Promise<Json | undefined> {
  try {
    const { status, body } = await endpoint.request('GET', '/Schemas', { step: 'schemas', by: 'check' });
    return status === 200 && (isObject(body) || Array.isArray(body)) ? body : undefined;
  } catch (error) {
    // The first check tells of it.
    if (error instanceof TransportError) return undefined;
    throw error;
  }
}

async function runCheck(check: Check, bench: Workbench): Promise<CheckResult> {
  try {
    await check.run(bench);
    return { ...describe(check), verdict: 'passed' };
  } catch (error) {
    if (error instanceof NotApplicable) return { ...describe(check), verdict: 'skipped', reason: error.message };
    if (error instanceof Unmet || error instanceof TransportError) {
      const { message: reason, exchange } = error;
      return { ...describe(check), verdict: 'failed', reason, ...(exchange && { exchange }) };
    }
    throw error;
  }
}

function describe({ run: _run, ...rest }: Check): Omit<Check, 'run'> {
  return rest;
}
