import { createHash } from 'node:crypto';
import { isId } from '../../domain/kernel/id.js';
import type { JsonObject } from '../../domain/kernel/json.js';
import type { AttributeOrder, Ordered, Page, PageBounds, Position } from '../../domain/search/keyset-pagination.js';
import { ScimError } from '../protocol/errors.js';
import { DEFAULT_PAGE, MAX_PAGE } from '../protocol/limits.js';
import { LIST_RESPONSE_URN, parseCount, type ListResponse } from '../representation/list-response.js';

/**
 * The query that a cursor belongs to. Cursors of another query are refused, because their position means nothing here.
 */
export interface CursorScope {
  readonly directoryId: string;
  /** The endpoint, such as `/Users`. */
  readonly list: string;
  readonly query: URLSearchParams;
  readonly order: AttributeOrder | undefined;
}

/** The page that a request with a cursor asks for (RFC 9865 §2). */
export interface CursorPaging {
  readonly bounds: PageBounds;
  /** Builds the response: the last page has no `nextCursor`, the first no `previousCursor`. */
  toResponse(
    page: Page<Ordered<{ readonly id: string }>>,
    total: number,
    resources: readonly JsonObject[],
  ): ListResponse;
}

interface Cursor {
  /** The direction from its position. */
  readonly way: 'next' | 'previous';
  /** Undefined means the first page. */
  readonly position: Position | undefined;
  /** The page size of the query. */
  readonly size: number;
}

/**
 * Whether a request pages by cursor. An empty cursor requests the first page. `cursor` takes precedence over
 * `startIndex`.
 */
export function hasCursor(query: URLSearchParams): boolean {
  return query.has('cursor');
}

/**
 * Parses `cursor` and `count`. A cursor contains the page size, so that later requests may omit `count`.
 *
 * @throws ScimError 400 invalidCursor if it is no cursor of this query and directory, invalidCount if `count` is no
 *   whole number or differs from that of the first page. A negative count means 0; one above the limit is reduced to
 *   it.
 */
export function parseCursorPaging(scope: CursorScope): CursorPaging {
  const text = scope.query.get('cursor') ?? '';
  const cursor = text === '' ? undefined : parseCursor(text, scope);
  const count = parseCount(scope.query, 'invalidCount');
  if (cursor && count !== undefined && count !== cursor.size) {
    throw new ScimError(400, 'count must be the same for every page', 'invalidCount');
  }
  const size = cursor?.size ?? count ?? DEFAULT_PAGE;
  const backward = cursor?.way === 'previous';
  const position = cursor?.position;
  return {
    bounds: { size, backward, ...(position && { [backward ? 'before' : 'after']: position }) },
    toResponse({ rows, more }, total, resources) {
      const [first, last] = [rows[0], rows.at(-1)];
      const to = (way: Cursor['way'], row?: Ordered<{ readonly id: string }>): string =>
        encodeCursor(scope, { way, position: row && placeOf(row, scope), size });
      const hasPrevious = first !== undefined && (backward ? more : position !== undefined);
      // If all resources before the position were deleted, but not those after it, the next page is the first one.
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

function placeOf(row: Ordered<{ readonly id: string }>, { order }: CursorScope): Position {
  // The order values of attributes are strings, see `AttributeOrder`.
  return { value: order ? ((row.orderValue as string | null | undefined) ?? null) : '', id: row.id };
}

/**
 * Encodes a cursor in characters that need no escaping: the fingerprint of the query, direction, page size, order
 * value, id.
 */
function encodeCursor(scope: CursorScope, { way, position, size }: Cursor): string {
  const place = position ? [position.value, position.id] : [];
  return Buffer.from(JSON.stringify([fingerprint(scope), way, size, ...place])).toString('base64url');
}

function parseCursor(text: string, scope: CursorScope): Cursor {
  const [of, way, size, ...place] = parseParts(text);
  const isOurs = of === fingerprint(scope) && (way === 'next' || way === 'previous') && isSize(size);
  const position = isOurs ? parsePlace(place, scope) : undefined;
  if (!isOurs || (!position && (place.length > 0 || way === 'previous'))) {
    throw new ScimError(400, 'cursor is not valid for this query; start again with an empty cursor', 'invalidCursor');
  }
  return { way, position, size };
}

function parsePlace([value, id, ...rest]: readonly unknown[], scope: CursorScope): Position | undefined {
  const fits = rest.length === 0 && typeof id === 'string' && isId(id) && isOrderValue(value, scope);
  return fits ? { value, id } : undefined;
}

function isSize(size: unknown): size is number {
  return typeof size === 'number' && Number.isInteger(size) && size >= 0 && size <= MAX_PAGE;
}

function parseParts(text: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/**
 * Whether the database accepts a value for the type of the order. Cursors are not signed, so clients may forge them.
 */
function isOrderValue(value: unknown, { order }: CursorScope): value is string | null {
  if (!order) return value === '';
  if (value === null) return order.nullable;
  if (typeof value !== 'string') return false;
  switch (order.type) {
    case 'text':
      return !value.includes('\0') && value.isWellFormed();
    case 'numeric':
      return /^-?\d{1,400}(\.\d{1,1200})?$/.test(value);
    case 'boolean':
      return value === 'true' || value === 'false';
    case 'uuid':
      return isId(value);
  }
}

function fingerprint({ directoryId, list, query }: CursorScope): string {
  const asked = ['filter', 'sortBy', 'sortOrder'].map((name) => query.get(name) ?? '');
  return createHash('sha256')
    .update(JSON.stringify([directoryId, list, ...asked]))
    .digest('base64url')
    .slice(0, 12);
}
