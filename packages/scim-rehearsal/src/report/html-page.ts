import type { Exchange } from '../client/exchange.js';
import type { CreatedResource } from '../simulator/session/created-resources.js';
import { toBodyText, toHeaderLines } from './exchange-text.js';
import { ALL_DELETED, toDeletionText, toLeftText, toMilliseconds } from './wording.js';

/** The content of a page. */
export interface Page {
  readonly title: string;
  readonly isHealthy: boolean;
  /** The verdict in one or two words. */
  readonly label: string;
  /** The verdict in one sentence. */
  readonly summary: string;
  /** HTML. */
  readonly main: string;
}

/** A self-contained page, without scripts, fonts or images. */
export function toPage({ title, isHealthy, label, summary, main }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header class="${isHealthy ? 'healthy' : 'unhealthy'}">
<p class="label">${escape(label)}</p>
<h1>${escape(summary)}</h1>
</header>
<main>
${main}
</main>
</body>
</html>
`;
}

/** A term with its descriptions. Text in backticks becomes code, and numbers are not wrapped at thousands separators. */
export function toFact(name: string, ...values: readonly string[]): string {
  const texts = values.map((value) =>
    escape(value)
      .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
      .replaceAll(/(?<=\d) (?=\d{3}\b)/g, '&nbsp;'),
  );
  return `<dt>${name}</dt>${texts.map((text) => `<dd>${text}</dd>`).join('')}`;
}

/** A request and its response, collapsed. */
export function toEvidence({ method, url, request, response, failure, milliseconds }: Exchange): string {
  const sent = request.body === undefined ? '' : `\n\n${toBodyText(request.body)}`;
  const body = response?.body === undefined ? '' : `\n\n${toBodyText(response.body)}`;
  const outcome = response
    ? [
        `${response.status} in ${toMilliseconds(milliseconds)}`,
        response.headers['content-type'] ?? '',
        ...toHeaderLines(response.headers),
      ].join('\n') + body
    : (failure?.message ?? '');
  return `<details><summary>Request and response</summary>
<pre>${escape(`${method} ${url}${sent}`)}</pre>
<pre>${escape(outcome)}</pre>
</details>`;
}

/** The remaining resources. */
export function toLeftSection(left: readonly CreatedResource[], seed: string): string {
  if (left.length === 0) return `<h2>Cleanup</h2>\n<p>${ALL_DELETED}</p>`;
  const items = left.map(
    ({ collection, id, name }) => `<li><code>${escape(`${collection}/${id ?? '?'}`)}</code> ${escape(name)}</li>`,
  );
  return `<h2>Cleanup</h2>
<p>${toLeftText(left.length)}. ${escape(toDeletionText(seed))}</p><ul>${items.join('')}</ul>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for HTML, including attribute values. */
export function escape(text: string): string {
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
dd { margin: 0; grid-column: 2; overflow-wrap: anywhere; }
article { border-left: .3rem solid #a4262c; padding: 0 1rem; margin: 1.5rem 0; }
article.advice { border-color: #8a6d00; }
h3 code { font-weight: normal; font-size: .8rem; opacity: .7; }
pre { overflow: auto; max-height: 30rem; padding: .75rem; background: color-mix(in srgb, currentcolor 8%, transparent); font-size: .8rem; }
table { border-collapse: collapse; }
th, td { padding: .2rem 1rem .2rem 0; text-align: right; }
th:first-child { text-align: left; }
th[scope=row] { font-weight: normal; text-align: left; }
td { vertical-align: top; }
summary { cursor: pointer; }
.checks { list-style: none; padding: 0; }
.checks dl { margin: .2rem 0 1rem 2ch; }
.checks summary { display: grid; grid-template-columns: 1ch 15rem 15rem 1fr; gap: 0 1rem; padding: .2rem 0; }
.checks summary::before { content: '▸'; }
.checks details[open] > summary::before { content: '▾'; }
`;
