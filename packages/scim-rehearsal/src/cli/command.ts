import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TenantUrlError } from '../client/scim-client.js';
import { ProfileError } from '../profile/profile.js';
import { toJsonReport } from '../report/json-report.js';
import { rehearse } from '../simulator/rehearse.js';
import { validate } from '../validator/validate.js';
import { readClientCredentials } from './client-credentials.js';
import { toHelpText } from './help.js';
import { STANDALONE, type Invocation } from './invocation.js';
import { parseArguments, type CommandArguments } from './parse-arguments.js';
import { getProfile } from './profile-option.js';
import { toProgress } from './progress-display.js';
import { ReportFileError, toText, writeReport } from './report-file.js';
import { ignoreClosedOutput, listenForStopSignals } from './stop-signals.js';
import { UsageError } from './usage-error.js';

/**
 * Runs the command: rehearses or validates an endpoint and prints the report on standard output.
 *
 * @param parameters the arguments after the name of the command
 * @returns the exit status: 0 if the endpoint is healthy, 1 if it is not or there is no verdict, 2 if the command was called
 *   incorrectly and nothing was sent
 */
export async function run(parameters: readonly string[], invocation: Invocation = STANDALONE): Promise<number> {
  try {
    const parsed = parseArguments(parameters);
    if (parsed === 'help') process.stdout.write(toHelpText(invocation.command));
    else if (parsed === 'version') process.stdout.write(`scim-rehearsal ${readVersion()}\n`);
    else return await runParsed(parsed, invocation);
    return 0;
  } catch (error) {
    const isUsage = error instanceof UsageError || error instanceof ProfileError || error instanceof TenantUrlError;
    if (!isUsage && !(error instanceof ReportFileError)) throw error;
    process.stderr.write(`${invocation.program}: ${error.message}\n`);
    return isUsage ? 2 : 1;
  }
}

async function runParsed(parsed: CommandArguments, { program }: Invocation): Promise<number> {
  const { token, profile, report, seed, timeout, json } = parsed;
  // A line break copied along with the token would break the header.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new UsageError('--token must not contain spaces or control characters');
  const options = {
    ...parsed,
    credentials: readClientCredentials(parsed),
    profile: await getProfile(profile),
    seed: seed ?? randomBytes(3).toString('hex'),
    isSeedChosen: seed !== undefined,
    timeout: timeout * 1000,
  };
  if (report !== undefined) await requireWritable(report);
  ignoreClosedOutput();
  const progress = toProgress(process.stderr);
  const perform = parsed.validate ? validate : rehearse;
  const result = await perform({ ...options, ...listenForStopSignals(program) }, progress);
  if (report !== undefined) await writeReport(report, result);
  process.stdout.write(`${json ? toJsonReport(result) : toText(result)}\n`);
  return result.verdict.isHealthy ? 0 : 1;
}

/** A report that cannot be written fails the command before a long run rather than after it. */
async function requireWritable(report: string): Promise<void> {
  try {
    await writeReport(report);
  } catch (error) {
    throw error instanceof ReportFileError ? new UsageError(error.message, { cause: error }) : error;
  }
}

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
