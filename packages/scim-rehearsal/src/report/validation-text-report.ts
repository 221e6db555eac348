import type { CheckResult, Verdict } from '../validator/context/check.js';
import type { ValidationResult } from '../validator/validation-result.js';
import { toExchangeLines, toLeftLines } from './exchange-text.js';
import { toDuration } from './wording.js';

const MARKS: Readonly<Record<Verdict, string>> = { passed: 'ok  ', failed: 'FAIL', warned: 'warn', skipped: '-   ' };

/** The validation as text: the verdict, a line for each check by suite, then each one that failed with its evidence. */
export function toValidationText(result: ValidationResult): string {
  const { verdict, checks } = result;
  // What has to be mended comes before what is only warned of.
  const told = (['failed', 'warned'] as const).flatMap((one) => checks.filter((check) => check.verdict === one));
  return [
    `${verdict.isHealthy ? 'PASSED' : 'NOT PASSED'}  ${verdict.summary}`,
    '',
    `  Tenant URL  ${result.tenantUrl}`,
    `  Begun       ${result.startedAt}, took ${toDuration(result.seconds)}, seed ${result.seed}`,
    ...[...Map.groupBy(checks, ({ suite }) => suite)].flatMap(([suite, list]) => ['', suite, ...list.map(toLine)]),
    ...told.flatMap((check, index) => ['', ...toFailureLines(check, index + 1)]),
    ...toLeftLines(result.left, result.seed),
    '',
  ].join('\n');
}

function toLine({ name, verdict, reason }: CheckResult): string {
  const why = verdict === 'skipped' && reason !== undefined ? `  (${reason})` : '';
  return `  ${MARKS[verdict]}  ${name}${why}`;
}

function toFailureLines(
  { name, suite, verdict, sends, requires, source, reason, exchange }: CheckResult,
  number: number,
): string[] {
  return [
    `${number}. ${name}  [${suite}]${verdict === 'warned' ? '  (optional: the endpoint passes all the same)' : ''}`,
    `   Sends     ${sends}`,
    `   Requires  ${requires}`,
    `   Seen      ${reason ?? ''}`,
    `   Source    ${source}`,
    ...(exchange ? toExchangeLines(exchange) : []),
  ];
}
