import type { Exchange } from '../client/exchange.js';
import type { Json } from '../client/json.js';
import type { CreatedResource } from '../simulator/session/created-resources.js';
import { ALL_DELETED, toDeletionText, toLeftText, toMilliseconds } from './wording.js';

/** The response headers in a report, in addition to Content-Type. */
const SHOWN_HEADERS = ['location', 'www-authenticate', 'retry-after'] as const;

/** The maximum length of a body in a text report; the HTML report contains the whole body. Characters. */
const MAX_BODY_LENGTH = 1_500;

/** The maximum number of remaining resources in a text report. */
const MAX_LISTED = 20;

/** A request and its response, in lines. */
export function toExchangeLines({ method, url, request, response, failure, milliseconds }: Exchange): string[] {
  const outcome = response ? `${response.status} in ${toMilliseconds(milliseconds)}` : (failure?.message ?? '');
  return [
    `   > ${method} ${url}`,
    ...toBodyLines(request.body, '   > '),
    `   < ${outcome}${response?.headers['content-type'] ? `, ${response.headers['content-type']}` : ''}`,
    ...toHeaderLines(response?.headers ?? {}).map((line) => `   < ${line}`),
    ...toBodyLines(response?.body, '   < '),
  ];
}

function toBodyLines(body: Json | undefined, prefix: string): string[] {
  if (body === undefined) return [];
  return truncate(toBodyText(body))
    .split('\n')
    .map((line) => prefix + line);
}

/** The headers that a report shows, in addition to Content-Type. */
export function toHeaderLines(headers: Readonly<Record<string, string>>): string[] {
  return SHOWN_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [`${name}: ${headers[name]}`]));
}

/** A body as a report shows it: indented. */
export function toBodyText(body: Json): string {
  return typeof body === 'string' ? body : JSON.stringify(body, undefined, 2);
}

function truncate(text: string): string {
  return text.length > MAX_BODY_LENGTH
    ? `${text.slice(0, MAX_BODY_LENGTH)}\n… ${text.length - MAX_BODY_LENGTH} more characters`
    : text;
}

/** The remaining resources, in lines. */
export function toLeftLines(left: readonly CreatedResource[], seed: string): string[] {
  if (left.length === 0) return ['', ALL_DELETED];
  const named = left.slice(0, MAX_LISTED).map(({ collection, id, name }) => `  ${collection}/${id ?? '?'}  ${name}`);
  const more = left.length > MAX_LISTED ? [`  … and ${left.length - MAX_LISTED} more`] : [];
  return ['', `${toLeftText(left.length)}:`, ...named, ...more, toDeletionText(seed)];
}
