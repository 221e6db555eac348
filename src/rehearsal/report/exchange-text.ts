import type { Exchange } from '../exchange.js';
import type { Json } from '../json.js';
import type { Made } from '../ledger.js';
import { toMilliseconds } from './words.js';

/** More of a body than this says nothing more to a reader. Characters. */
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
    ...toBodyLines(response?.body, '   < '),
  ];
}

function toBodyLines(body: Json | undefined, mark: string): string[] {
  if (body === undefined) return [];
  return toBodyText(body)
    .split('\n')
    .map((line) => mark + line);
}

/** A body as it is shown: indented, and cut where it is long. */
export function toBodyText(body: Json): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body, undefined, 2);
  return text.length > LONGEST_BODY
    ? `${text.slice(0, LONGEST_BODY)}\n… ${text.length - LONGEST_BODY} characters more`
    : text;
}

/** What is still there, in lines. */
export function toLeftLines(left: readonly Made[]): string[] {
  if (left.length === 0) return ['', 'All that the rehearsal made was removed.'];
  const named = left.slice(0, MOST_NAMED).map(({ collection, id, name }) => `  ${collection}/${id ?? '?'}  ${name}`);
  const more = left.length > MOST_NAMED ? [`  … and ${left.length - MOST_NAMED} more`] : [];
  return ['', `${left.length} things that the rehearsal made are, or may be, still there:`, ...named, ...more];
}
