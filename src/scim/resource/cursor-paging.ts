import { createHash } from 'node:crypto';
import type { JsonObject } from '../../domain/kernel/json.js';
import type { AttributeOrder, Ordered, Page, PageBounds, Position } from '../../domain/search/keyset-pagination.js';
import { encodeCursor, parseCursor, type CursorScope } from '../../domain/search/page-cursor.js';
import { ScimError } from '../protocol/errors.js';
import { DEFAULT_PAGE, MAX_PAGE } from '../protocol/limits.js';
import { LIST_RESPONSE_URN, parseCount, type ListResponse } from '../representation/list-response.js';

/** The list of a paginated request. */
interface PagedList {
  readonly directoryId: string;
  /** The endpoint, such as `/Users`. */
  readonly list: string;
  readonly query: URLSearchParams;
  readonly order: AttributeOrder | undefined;
}

/** The requested page of a list with pagination by cursor (RFC 9865 §2). */
export interface CursorPaging {
  readonly bounds: PageBounds;
  /** Builds the list response with its cursors: no `nextCursor` on the last page, no `previousCursor` on the first. */
  toResponse(
    page: Page<Ordered<{ readonly id: string }>>,
    total: number,
    resources: readonly JsonObject[],
  ): ListResponse;
}

type Direction = 'next' | 'previous';

interface Cursor {
  /** The direction of the page from the position. */
  readonly direction: Direction;
  /** Undefined for the first page. */
  readonly position: Position | undefined;
  /** The number of resources on a page. */
  readonly size: number;
}

/**
 * Returns true for a request with pagination by cursor, which takes precedence over `startIndex`. The first cursor is
 * empty.
 */
export function hasCursor(query: URLSearchParams): boolean {
  return query.has('cursor');
}

/**
 * Parses `cursor` and `count`. A cursor contains the page size, so a request that continues with it need not repeat
 * `count`. A negative `count` means 0, and a `count` above the limit is reduced to it.
 *
 * @throws ScimError 400 invalidCursor for text that is not a cursor of this query in this directory; invalidCount for a
 *   `count` that is not an integer or differs from that of the first page
 */
export function parseCursorPaging({ query, ...list }: PagedList): CursorPaging {
  const scope: CursorScope = { ...list, variant: digest(query) };
  const text = query.get('cursor') ?? '';
  const cursor = text === '' ? undefined : toCursor(text, scope);
  const count = parseCount(query, 'invalidCount');
  if (cursor && count !== undefined && count !== cursor.size) {
    throw new ScimError(400, 'count must be the same as for the first page', 'invalidCount');
  }
  const size = cursor?.size ?? count ?? DEFAULT_PAGE;
  const backward = cursor?.direction === 'previous';
  const position = cursor?.position;
  return {
    bounds: { size, backward, ...(position && { [backward ? 'before' : 'after']: position }) },
    toResponse({ rows, more }, total, resources) {
      const [first, last] = [rows[0], rows.at(-1)];
      const to = (direction: Direction, row?: Ordered<{ readonly id: string }>): string =>
        encodeCursor(scope, row && positionOf(row, scope), [direction, size]);
      const hasPrevious = first !== undefined && (backward ? more : position !== undefined);
      // If all resources before the position have been deleted, the first page follows as the next page.
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
  // The order values of an `AttributeOrder` are text.
  return { value: order ? ((row.orderValue as string | null | undefined) ?? null) : '', id: row.id };
}

function toCursor(text: string, scope: CursorScope): Cursor {
  const { settings: [direction, size] = [], position } = parseCursor(text, scope, 2) ?? {};
  const isValid =
    (direction === 'next' || direction === 'previous') &&
    isSize(size) &&
    (position !== undefined || direction === 'next');
  if (!isValid)
    throw new ScimError(
      400,
      'The cursor does not belong to this query; start again with an empty cursor',
      'invalidCursor',
    );
  return { direction, position, size };
}

function isSize(size: unknown): size is number {
  return typeof size === 'number' && Number.isInteger(size) && size >= 0 && size <= MAX_PAGE;
}

/** Returns a digest that differs between queries with different filters or orders. */
function digest(query: URLSearchParams): string {
  const asked = ['filter', 'sortBy', 'sortOrder'].map((name) => query.get(name) ?? '');
  return createHash('sha256').update(JSON.stringify(asked)).digest('base64url').slice(0, 12);
}
