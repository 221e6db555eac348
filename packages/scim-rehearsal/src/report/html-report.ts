import type { Finding } from '../simulator/rules/finding.js';
import type { RehearsalResult } from '../simulator/result.js';
import { escape, toEvidence, toFact, toLeftSection, toPage } from './html-page.js';
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

/** The report as a self-contained HTML page. All external text is escaped. */
export function toHtmlReport(result: RehearsalResult): string {
  const { verdict, findings, comparison, left } = result;
  return toPage({
    title: `Rehearsal of ${result.tenantUrl}`,
    isHealthy: verdict.isHealthy,
    label: toLabel(result),
    summary: verdict.summary,
    main: `<dl>
${toFact('Tenant URL', result.tenantUrl)}
${toFact('Profile', `${result.profile}, dialect ${result.dialect}`)}
${toFact('Size', `${result.users} users, ${result.groups} groups of ${result.members} members, seed ${result.seed}`)}
${toFact('Started', `${result.startedAt}, took ${toDuration(result.seconds)}`)}
${toSpeedFacts(result)}
${comparison ? toFact('Compared', toComparisonText(comparison)) : ''}
</dl>
<h2>Findings</h2>
${findings.length === 0 ? `<p>${NO_FINDINGS}</p>` : findings.map(toArticle).join('\n')}
${toTable(result)}
${toLeftSection(left, result.seed)}`,
  });
}

function toSpeedFacts(result: RehearsalResult): string {
  if (result.verdict.requestsPerSecond === undefined) return '';
  return `${toFact('Speed', toSpeedText(result))}
${toFact('Estimates', ...toEstimateTexts(result))}`;
}

function toArticle(finding: Finding): string {
  const { id, title, severity, expected, seen, requirement, source, next, consequence } = finding;
  return `<article class="${severity}" id="${escape(id)}">
<h3>${escape(title)} <code>${escape(id)}</code></h3>
<dl>
${toFact('Where', toWhereText(finding))}
${toFact('Expected', expected)}
${toFact('Actual', seen)}
${toFact('Required', requirement)}
${toFact('Source', source)}
${toFact('Effect', `${NEXT_LABELS[next]}. ${consequence}`)}
</dl>
${finding.exchange ? toEvidence(finding.exchange) : ''}
</article>`;
}

function toTable({ speed }: RehearsalResult): string {
  if (speed.length === 0) return '';
  const rows = speed.map(
    ({ step, count, p50, p99, failures }) =>
      `<tr><th scope="row">${escape(step)}</th><td>${count}</td><td>${toMilliseconds(p50)}</td><td>${toMilliseconds(p99)}</td><td>${failures}</td></tr>`,
  );
  return `<h2>Latency of Entra’s requests</h2>
<table><thead><tr><th scope="col">Request</th><th scope="col">Count</th><th scope="col">p50</th><th scope="col">p99</th><th scope="col">Failed</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table>`;
}
