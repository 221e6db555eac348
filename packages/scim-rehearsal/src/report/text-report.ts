import type { Finding } from '../simulator/rules/finding.js';
import type { RehearsalResult } from '../simulator/result.js';
import { toExchangeLines, toLeftLines } from './exchange-text.js';
import {
  NEXT_LABELS,
  NO_FINDINGS,
  toComparisonText,
  toDuration,
  toEstimateTexts,
  toLabel,
  toMilliseconds,
  toSpeedText,
  toWhereText,
} from './wording.js';

/** The report as text: the verdict, the findings with their evidence, and the latencies. */
export function toTextReport(result: RehearsalResult): string {
  const { verdict, findings, comparison } = result;
  const faults = findings.filter(({ severity }) => severity === 'unhealthy').length;
  return [
    `${toLabel(result).toUpperCase()}  ${verdict.summary}`,
    '',
    `  Tenant URL  ${result.tenantUrl}`,
    `  Profile     ${result.profile}, dialect ${result.dialect}, seed ${result.seed}`,
    `  Size        ${result.users} users, ${result.groups} groups of ${result.members} members, ${toDuration(result.seconds)}`,
    ...toSpeedLines(result),
    ...(comparison ? [`  Compared    ${toComparisonText(comparison)}`] : []),
    '',
    findings.length === 0 ? NO_FINDINGS : `Findings: ${faults} unhealthy, ${findings.length - faults} advice`,
    ...findings.flatMap((finding, index) => ['', ...toFindingLines(finding, index + 1)]),
    ...toTable(result),
    ...toLeftLines(result.left, result.seed),
    '',
  ].join('\n');
}

function toSpeedLines(result: RehearsalResult): string[] {
  if (result.verdict.requestsPerSecond === undefined) return [];
  return [
    `  Speed       ${toSpeedText(result)}`,
    ...toEstimateTexts(result).map((text, index) => `  ${index === 0 ? 'Estimates ' : ' '.repeat(10)}  ${text}`),
  ];
}

function toFindingLines(finding: Finding, number: number): string[] {
  const { title, id, expected, seen, requirement, source, next, consequence } = finding;
  return [
    `${number}. ${title}  [${id}]${finding.severity === 'advice' ? '  (advice)' : ''}`,
    `   Where     ${toWhereText(finding)}`,
    `   Expected  ${expected}`,
    `   Actual    ${seen}`,
    `   Required  ${requirement}`,
    `   Source    ${source}`,
    `   Effect    ${NEXT_LABELS[next]}. ${consequence}`,
    ...(finding.exchange ? toExchangeLines(finding.exchange) : []),
  ];
}

function toTable({ speed }: RehearsalResult): string[] {
  if (speed.length === 0) return [];
  const rows = speed.map(({ step, count, p50, p99, failures }) => [
    step,
    String(count),
    toMilliseconds(p50),
    toMilliseconds(p99),
    String(failures),
  ]);
  const table = [['Entra’s requests', 'count', 'p50', 'p99', 'failed'], ...rows];
  return [
    '',
    ...table.map(([step = '', ...figures]) => `  ${step.padEnd(18)}${figures.map((one) => one.padStart(10)).join('')}`),
  ];
}
