import { LruCache } from '../operation/lru-cache.js';

/** The media types of answers (GraphQL over HTTP, "Media Types"). */
export const JSON_TYPE = 'application/json';
export const GRAPHQL_TYPE = 'application/graphql-response+json';

export type AnswerType = typeof JSON_TYPE | typeof GRAPHQL_TYPE;

interface Range {
  readonly type: string;
  readonly quality: number;
}

const known = new LruCache<string, { readonly type: AnswerType | undefined }>({ entries: 100, weight: 100_000 });

/**
 * The media type of an answer that a client likes best (RFC 9110 §12.5.1); undefined when it takes neither. Who does not
 * say, or likes both alike, gets `application/json`, which clients had before the other was thought of.
 *
 * @param accept the value of an Accept header
 */
export function chooseType(accept: string | undefined): AnswerType | undefined {
  if (accept === undefined || accept === '*/*') return JSON_TYPE;
  let choice = known.get(accept);
  if (!choice) {
    const ranges = parseAccept(accept);
    const json = qualityOf(JSON_TYPE, ranges);
    const graphql = qualityOf(GRAPHQL_TYPE, ranges);
    choice = { type: graphql > json ? GRAPHQL_TYPE : json > 0 ? JSON_TYPE : undefined };
    known.set(accept, choice, accept.length);
  }
  return choice.type;
}

function parseAccept(accept: string): readonly Range[] {
  return accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return { type, quality: quality === undefined ? 1 : Number.parseFloat(quality) || 0 };
  });
}

/** The most exact range decides, whatever the order. */
function qualityOf(type: AnswerType, ranges: readonly Range[]): number {
  for (const pattern of [type, 'application/*', '*/*']) {
    const matching = ranges.filter((range) => range.type === pattern);
    if (matching.length > 0) return Math.max(...matching.map(({ quality }) => quality));
  }
  return 0;
}
