import { LruCache } from '../operation/lru-cache.js';

/** The media types of responses (GraphQL over HTTP, "Media Types"). */
export const JSON_TYPE = 'application/json';
export const GRAPHQL_TYPE = 'application/graphql-response+json';

export type ResponseType = typeof JSON_TYPE | typeof GRAPHQL_TYPE;

interface Range {
  readonly type: string;
  readonly quality: number;
}

const choices = new LruCache<string, { readonly type: ResponseType | undefined }>({ entries: 100, weight: 100_000 });

/**
 * The media type of a response that a client prefers (RFC 9110 §12.5.1); undefined if it accepts neither. Without a
 * preference it is `application/json`, which all clients support.
 *
 * @param accept the value of an Accept header
 */
export function chooseType(accept: string | undefined): ResponseType | undefined {
  if (accept === undefined || accept === '*/*') return JSON_TYPE;
  let choice = choices.get(accept);
  if (!choice) {
    const ranges = parseAccept(accept);
    const json = qualityOf(JSON_TYPE, ranges);
    const graphql = qualityOf(GRAPHQL_TYPE, ranges);
    choice = { type: graphql > json ? GRAPHQL_TYPE : json > 0 ? JSON_TYPE : undefined };
    choices.set(accept, choice, accept.length);
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

/** The most specific range takes precedence, regardless of the order. */
function qualityOf(type: ResponseType, ranges: readonly Range[]): number {
  for (const pattern of [type, 'application/*', '*/*']) {
    const matching = ranges.filter((range) => range.type === pattern);
    if (matching.length > 0) return Math.max(...matching.map(({ quality }) => quality));
  }
  return 0;
}
