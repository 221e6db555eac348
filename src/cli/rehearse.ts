import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { DialectChoice } from '../../packages/scim-rehearsal/src/simulator/dialect/patch-writer.js';
import { ProfileError, type Profile } from '../../packages/scim-rehearsal/src/profile/profile.js';
import { readProfile } from '../../packages/scim-rehearsal/src/profile/file/read-profile.js';
import { BUILT_IN_PROFILES } from '../../packages/scim-rehearsal/src/profile/built-in/built-in-profiles.js';
import { rehearse } from '../../packages/scim-rehearsal/src/simulator/rehearse.js';
import type { RehearsalResult } from '../../packages/scim-rehearsal/src/simulator/result.js';
import { toHtmlReport } from '../../packages/scim-rehearsal/src/report/html-report.js';
import { toJsonReport } from '../../packages/scim-rehearsal/src/report/json-report.js';
import { toTextReport } from '../../packages/scim-rehearsal/src/report/text-report.js';
import { toValidationHtml } from '../../packages/scim-rehearsal/src/report/validation-html-report.js';
import { toValidationText } from '../../packages/scim-rehearsal/src/report/validation-text-report.js';
import { TenantUrlError } from '../../packages/scim-rehearsal/src/client/scim-client.js';
import { validate } from '../../packages/scim-rehearsal/src/validator/validate.js';
import type { ValidationResult } from '../../packages/scim-rehearsal/src/validator/validation-result.js';
import { readClientCredentials, type ClientCredentialOptions } from './client-credentials.js';
import { print } from './print.js';
import { toProgress } from './rehearsal-progress.js';
import { listenForRehearsalStop, outliveTheTerminal } from './rehearsal-stop.js';
import { UsageError, wrongUsage } from './usage-error.js';

export interface RehearseOptions extends ClientCredentialOptions {
  readonly token: string;
  readonly profile: string;
  readonly dialect: DialectChoice;
  readonly users: number;
  readonly groups: number;
  readonly members: number;
  readonly rate?: number;
  readonly concurrency: number;
  readonly timeout: number;
  readonly seed?: string;
  readonly keep?: boolean;
  readonly json?: boolean;
  readonly report?: string;
}

/**
 * `portico rehearse`.
 *
 * @returns the exit status: 0 only when the connection would stay healthy, or with `--validate` when no check failed, else 1
 * @throws UsageError with status 2 when it cannot be run as it was called, before anything was sent
 */
export async function rehearseCommand(tenantUrl: string, options: RehearseOptions): Promise<number> {
  // A line break that was copied along would be no header any more.
  if (!/^[\x21-\x7e]+$/.test(options.token))
    throw wrongUsage('--token holds what no token can: a space, a line break …');
  const credentials = readClientCredentials(options);
  const profile = await getProfile(options.profile);
  // Before an hour's rehearsal rather than after it.
  if (options.report !== undefined) await writeReport(options.report, '', wrongUsage);
  const seed = options.seed ?? randomBytes(3).toString('hex');
  outliveTheTerminal();
  const { signal, abandon } = listenForRehearsalStop();
  const all = {
    ...options,
    tenantUrl,
    profile,
    credentials,
    seed,
    isSeedChosen: options.seed !== undefined,
    keep: options.keep ?? false,
    timeout: options.timeout * 1000,
    signal,
    abandon,
  };
  const result = await (options.validate ? validate : rehearse)(all, toProgress(process.stderr)).catch(
    (error: unknown) => {
      throw error instanceof TenantUrlError ? wrongUsage(error.message) : error;
    },
  );
  if (options.report !== undefined) await writeReport(options.report, toReport(options.report, result));
  print(options.json ? toJsonReport(result) : toText(result));
  return result.verdict.isHealthy ? 0 : 1;
}

async function getProfile(name: string): Promise<Profile> {
  const builtIn = Object.hasOwn(BUILT_IN_PROFILES, name) ? BUILT_IN_PROFILES[name] : undefined;
  if (builtIn) return builtIn;
  try {
    return await readProfile(name);
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    const isMeantAsName = /^[\w-]+$/.test(name) && isMissing(error.cause);
    const names = Object.keys(BUILT_IN_PROFILES).join(', ');
    throw wrongUsage(isMeantAsName ? `--profile is a file or one of ${names}` : error.message);
  }
}

function isMissing(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ENOENT';
}

/** In the form that the name of the file asks for. */
function toReport(file: string, result: RehearsalResult | ValidationResult): string {
  if (/\.html?$/i.test(file)) return 'checks' in result ? toValidationHtml(result) : toHtmlReport(result);
  return /\.json$/i.test(file) ? toJsonReport(result) : toText(result);
}

function toText(result: RehearsalResult | ValidationResult): string {
  return 'checks' in result ? toValidationText(result) : toTextReport(result);
}

async function writeReport(
  file: string,
  text: string,
  toError = (message: string) => new UsageError(message),
): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw toError(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}
