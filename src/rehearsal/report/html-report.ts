import type { Exchange } from '../exchange.js';
import type { Finding } from '../finding.js';
import type { RehearsalResult } from '../result.js';
import { REQUIRED_RATE } from '../session.js';
import { toBodyText } from './text-report.js';
import { NEXT_WORDS, toCount, toDuration, toLabel, toMilliseconds } from './words.js';

/** The report as one page that needs nothing else: no script, no font, no picture. Everything from outside is escaped. */
export function toHtmlReport(result: RehearsalResult): string {
  const { verdict, findings, comparison, left } = result;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Rehearsal of ${escape(result.tenantUrl)}</title>
<style>${STYLE}</style>
</head>
<body>
<header class="${verdict.isHealthy ? 'healthy' : 'unhealthy'}">
<p class="label">${toLabel(result)}</p>
<h1>${escape(verdict.summary)}</h1>
</header>
<main>
<dl>
${toFact('Tenant URL', result.tenantUrl)}
${toFact('Profile', `${result.profile}, dialect ${result.dialect}`)}
${toFact('Size', `${result.users} users, ${result.groups} groups of ${result.members} members, seed ${result.seed}`)}
${toFact('Begun', `${result.startedAt}, took ${toDuration(result.seconds)}`)}
${toSpeedFacts(result)}
${comparison ? toFact('Compared', `${comparison.same} of ${comparison.compared} users and groups are held as they were sent`) : ''}
</dl>
<h2>Findings</h2>
${findings.length === 0 ? '<p>Nothing was found.</p>' : findings.map(toArticle).join('\n')}
${toTable(result)}
<h2>What is left</h2>
${
  left.length === 0
    ? '<p>All that the rehearsal made was removed.</p>'
    : `<p>${left.length} things that the rehearsal made are, or may be, still there.</p><ul>${left
        .map(
          ({ collection, id, name }) => `<li><code>${escape(`${collection}/${id ?? '?'}`)}</code> ${escape(name)}</li>`,
        )
        .join('')}</ul>`
}
</main>
</body>
</html>
`;
}

function toFact(name: string, value: string): string {
  return `<dt>${name}</dt><dd>${escape(value)}</dd>`;
}

function toSpeedFacts({ verdict }: RehearsalResult): string {
  if (verdict.requestsPerSecond === undefined) return '';
  const meets = { true: 'meets', false: 'does not meet' }[String(verdict.meetsRequiredRate)];
  const judged =
    meets === undefined ? 'not measured at full speed' : `${meets} the ${REQUIRED_RATE} that the gallery demands`;
  const estimates = verdict.estimates.map(({ users, seconds }) => `${toCount(users)} users in ${toDuration(seconds)}`);
  return `${toFact('Speed', `${Math.round(verdict.requestsPerSecond)} requests a second: ${judged}`)}
${toFact('First cycle', estimates.join(', '))}`;
}

function toArticle(finding: Finding): string {
  const { id, title, severity, phase, step, dialect, count, expected, seen, requirement, source, next, consequence } =
    finding;
  const where = `${phase}, ${step}${dialect ? `, dialect ${dialect}` : ''}${count > 1 ? `; ${count} times` : ''}`;
  return `<article class="${severity}" id="${escape(id)}">
<h3>${escape(title)} <code>${escape(id)}</code></h3>
<dl>
${toFact('Where', where)}
${toFact('Expected', expected)}
${toFact('Seen', seen)}
${toFact('Required', requirement)}
${toFact('Source', source)}
${toFact('Then', `${NEXT_WORDS[next]}. ${consequence}`)}
</dl>
${finding.exchange ? toEvidence(finding.exchange) : ''}
</article>`;
}

function toEvidence({ method, url, request, response, failure, milliseconds }: Exchange): string {
  const sent = request.body === undefined ? '' : `\n\n${toBodyText(request.body)}`;
  const body = response?.body === undefined ? '' : `\n\n${toBodyText(response.body)}`;
  const answer = response
    ? `${response.status} in ${toMilliseconds(milliseconds)}\n${response.headers['content-type'] ?? ''}${body}`
    : (failure?.message ?? '');
  return `<details><summary>Request and response</summary>
<pre>${escape(`${method} ${url}${sent}`)}</pre>
<pre>${escape(answer)}</pre>
</details>`;
}

function toTable({ speed }: RehearsalResult): string {
  if (speed.length === 0) return '';
  const rows = speed.map(
    ({ step, count, p50, p99, failures }) =>
      `<tr><th scope="row">${escape(step)}</th><td>${count}</td><td>${toMilliseconds(p50)}</td><td>${toMilliseconds(p99)}</td><td>${failures}</td></tr>`,
  );
  return `<h2>Speed of Entra’s requests</h2>
<table><thead><tr><th scope="col">Request</th><th scope="col">Count</th><th scope="col">p50</th><th scope="col">p99</th><th scope="col">Failed</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text in HTML, in an attribute too. */
function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; }
header { padding: 2rem max(1rem, calc(50vw - 30rem)); color: #fff; background: #a4262c; }
header.healthy { background: #0b6a0b; }
header h1 { margin: 0; font-size: 1.5rem; }
header .label { margin: 0; text-transform: uppercase; letter-spacing: .08em; font-size: .8rem; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dt { opacity: .7; }
dd { margin: 0; overflow-wrap: anywhere; }
article { border-left: .3rem solid #a4262c; padding: 0 1rem; margin: 1.5rem 0; }
article.advice { border-color: #8a6d00; }
h3 code { font-weight: normal; font-size: .8rem; opacity: .7; }
pre { overflow: auto; padding: .75rem; background: color-mix(in srgb, currentcolor 8%, transparent); font-size: .8rem; }
table { border-collapse: collapse; }
th, td { padding: .2rem 1rem .2rem 0; text-align: right; }
th:first-child { text-align: left; font-weight: normal; }
`;
