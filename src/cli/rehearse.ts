import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { DialectChoice } from '../rehearsal/dialect.js';
import { ProfileError, type Profile } from '../rehearsal/profile.js';
import { readProfile } from '../rehearsal/profile-file/read-profile.js';
import { BUILT_IN_PROFILES } from '../rehearsal/profiles/built-in-profiles.js';
import { rehearse } from '../rehearsal/rehearsal.js';
import type { RehearsalResult } from '../rehearsal/result.js';
import { toHtmlReport } from '../rehearsal/report/html-report.js';
import { toJsonReport } from '../rehearsal/report/json-report.js';
import { toTextReport } from '../rehearsal/report/text-report.js';
import { toValidationHtml } from '../rehearsal/report/validation-html-report.js';
import { toValidationText } from '../rehearsal/report/validation-text-report.js';
import { TenantUrlError } from '../rehearsal/scim-endpoint.js';
import { validate } from '../rehearsal/validate/validate.js';
import type { ValidationResult } from '../rehearsal/validate/validation-result.js';
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
 * Runs `portico rehearse`.
 *
 * @returns the exit status: 0 if the connection would stay healthy or, with `--validate`, if no check failed; else 1
 * @throws UsageError with status 2 for wrong options, before anything was sent
 */
export async function rehearseCommand(tenantUrl: string, options: RehearseOptions): Promise<number> {
  // A token that was copied with a line break cannot be sent in a header.
  if (!/^[\x21-\x7e]+$/.test(options.token))
    throw wrongUsage('--token must not contain spaces, line breaks or characters outside ASCII');
  const credentials = readClientCredentials(options);
  const profile = await getProfile(options.profile);
  // A report that cannot be written is found before the run, not an hour later.
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
    throw wrongUsage(isMeantAsName ? `--profile must be a file or one of ${names}` : error.message);
  }
}

function isMissing(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ENOENT';
}

/** Formats the report according to the extension of the file. */
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
