import type { Exchange } from '../client/exchange.js';
import type { Json } from '../client/json.js';
import type { CreatedResource } from '../simulator/session/expected-state.js';
import { toMilliseconds, toRemovalText } from './wording.js';

/** Where an answer leads, why it lets nobody in, and when to come again. */
const TELLING_HEADERS = ['location', 'www-authenticate', 'retry-after'] as const;

/** More of a body than this says nothing more to the reader of a text; the page has all of it. Characters. */
const LONGEST_BODY = 1_500;

/** So many of what is left are named. */
const MOST_NAMED = 20;

/** A request and its answer, in lines. */
export function toExchangeLines({ method, url, request, response, failure, milliseconds }: Exchange): string[] {
  const answer = response ? `${response.status} in ${toMilliseconds(milliseconds)}` : (failure?.message ?? '');
  return [
    `   > ${method} ${url}`,
    ...toBodyLines(request.body, '   > '),
    `   < ${answer}${response?.headers['content-type'] ? `, ${response.headers['content-type']}` : ''}`,
    ...toHeaderLines(response?.headers ?? {}).map((line) => `   < ${line}`),
    ...toBodyLines(response?.body, '   < '),
  ];
}

function toBodyLines(body: Json | undefined, mark: string): string[] {
  if (body === undefined) return [];
  return cut(toBodyText(body))
    .split('\n')
    .map((line) => mark + line);
}

/** The headers that tell something of an answer, beside its type. */
export function toHeaderLines(headers: Readonly<Record<string, string>>): string[] {
  return TELLING_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [`${name}: ${headers[name]}`]));
}

/** A body as it is shown: indented. */
export function toBodyText(body: Json): string {
  return typeof body === 'string' ? body : JSON.stringify(body, undefined, 2);
}

function cut(text: string): string {
  return text.length > LONGEST_BODY
    ? `${text.slice(0, LONGEST_BODY)}\n… ${text.length - LONGEST_BODY} characters more`
    : text;
}

/** What is still there, in lines. */
export function toLeftLines(left: readonly CreatedResource[], seed: string): string[] {
  if (left.length === 0) return ['', 'All that the rehearsal made was removed.'];
  const named = left.slice(0, MOST_NAMED).map(({ collection, id, name }) => `  ${collection}/${id ?? '?'}  ${name}`);
  const more = left.length > MOST_NAMED ? [`  … and ${left.length - MOST_NAMED} more`] : [];
  return [
    '',
    `What the rehearsal made and is, or may be, still there (${left.length}):`,
    ...named,
    ...more,
    toRemovalText(seed),
  ];
}
