import { createHash } from 'node:crypto';
import type { JsonObject } from '../../domain/kernel/json.js';
import type { AttributeOrder, Ordered, Page, PageBounds, Position } from '../../domain/search/keyset-pagination.js';
import { encodeCursor, parseCursor, type CursorScope } from '../../domain/search/page-cursor.js';
import { ScimError } from '../protocol/errors.js';
import { DEFAULT_PAGE, MAX_PAGE } from '../protocol/limits.js';
import { LIST_RESPONSE_URN, parseCount, type ListResponse } from '../representation/list-response.js';

/** The list that a request pages. */
interface PagedList {
  readonly directoryId: string;
  /** The endpoint, such as `/Users`. */
  readonly list: string;
  readonly query: URLSearchParams;
  readonly order: AttributeOrder | undefined;
}

/** How much of a list a request asks for by a cursor, RFC 9865 §2. */
export interface CursorPaging {
  readonly bounds: PageBounds;
  /** Adds the cursors: no `nextCursor` on the last page, no `previousCursor` on the first. */
  toResponse(
    page: Page<Ordered<{ readonly id: string }>>,
    total: number,
    resources: readonly JsonObject[],
  ): ListResponse;
}

type Way = 'next' | 'previous';

interface Cursor {
  /** In which direction its page lies from its position. */
  readonly way: Way;
  /** Undefined for the first page. */
  readonly position: Position | undefined;
  /** How many resources the pages of the query have. */
  readonly size: number;
}

/** True for a request that pages by cursor: the first page is asked for by an empty one. It wins over `startIndex`. */
export function hasCursor(query: URLSearchParams): boolean {
  return query.has('cursor');
}

/**
 * Reads `cursor` and `count`. A cursor remembers the size of its pages, so a request that goes on with it need not say
 * `count` again.
 *
 * @throws ScimError 400 invalidCursor for what is no cursor of this query in this directory, invalidCount for what is no
 *   whole number or not the count that the query began with; a negative count means 0, one above the limit is cut to it
 */
export function parseCursorPaging({ query, ...list }: PagedList): CursorPaging {
  const scope: CursorScope = { ...list, variant: digest(query) };
  const text = query.get('cursor') ?? '';
  const cursor = text === '' ? undefined : toCursor(text, scope);
  const count = parseCount(query, 'invalidCount');
  if (cursor && count !== undefined && count !== cursor.size) {
    throw new ScimError(400, 'count must stay what it was for the first page', 'invalidCount');
  }
  const size = cursor?.size ?? count ?? DEFAULT_PAGE;
  const backward = cursor?.way === 'previous';
  const position = cursor?.position;
  return {
    bounds: { size, backward, ...(position && { [backward ? 'before' : 'after']: position }) },
    toResponse({ rows, more }, total, resources) {
      const [first, last] = [rows[0], rows.at(-1)];
      const to = (way: Way, row?: Ordered<{ readonly id: string }>): string =>
        encodeCursor(scope, row && positionOf(row, scope), [way, size]);
      const hasPrevious = first !== undefined && (backward ? more : position !== undefined);
      // When everything before the position was deleted, and not what follows it, the next page is the first.
      const hasNext = backward ? total > 0 : more && last !== undefined;
      return {
        schemas: [LIST_RESPONSE_URN],
        totalResults: total,
        itemsPerPage: resources.length,
        ...(hasNext && { nextCursor: to('next', last) }),
        ...(hasPrevious && { previousCursor: to('previous', first) }),
        Resources: resources,
      };
    },
  };
}

function positionOf(row: Ordered<{ readonly id: string }>, { order }: CursorScope): Position {
  // Order values of attributes are text: `AttributeOrder` says so.
  return { value: order ? ((row.orderValue as string | null | undefined) ?? null) : '', id: row.id };
}

function toCursor(text: string, scope: CursorScope): Cursor {
  const { settings: [way, size] = [], position } = parseCursor(text, scope, 2) ?? {};
  const isOurs = (way === 'next' || way === 'previous') && isSize(size) && (position !== undefined || way === 'next');
  if (!isOurs) throw new ScimError(400, 'This is no cursor of this query; begin with an empty one', 'invalidCursor');
  return { way, position, size };
}

function isSize(size: unknown): size is number {
  return typeof size === 'number' && Number.isInteger(size) && size >= 0 && size <= MAX_PAGE;
}

/** Distinguishes queries that find other resources, or order them in another way. */
function digest(query: URLSearchParams): string {
  const asked = ['filter', 'sortBy', 'sortOrder'].map((name) => query.get(name) ?? '');
  return createHash('sha256').update(JSON.stringify(asked)).digest('base64url').slice(0, 12);
}
