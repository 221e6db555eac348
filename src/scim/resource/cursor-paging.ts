import { createHash } from 'node:crypto';
import { isId } from '../../domain/id.js';
import type { JsonObject } from '../../domain/json.js';
import type { AttributeOrder, Ordered, Page, PageBounds, Position } from '../../domain/page.js';
import { ScimError } from '../errors.js';
import { DEFAULT_PAGE, MAX_PAGE } from '../limits.js';
import { LIST_RESPONSE_URN, parseCount, type ListResponse } from './list-response.js';

/** What a cursor belongs to. With another query it is refused, for there it would point to a place that means nothing. */
export interface CursorScope {
  readonly directoryId: string;
  /** The endpoint, such as `/Users`. */
  readonly list: string;
  readonly query: URLSearchParams;
  readonly order: AttributeOrder | undefined;
}

/** How much of a list a request asks for by a cursor, RFC 9865 §2. */
export interface CursorPaging {
  readonly bounds: PageBounds;
  /** Tells what follows: no `nextCursor` on the last page, no `previousCursor` on the first. */
  toResponse(
    page: Page<Ordered<{ readonly id: string }>>,
    total: number,
    resources: readonly JsonObject[],
  ): ListResponse;
}

interface Cursor {
  /** Which way it leads from its place. */
  readonly way: 'next' | 'previous';
  /** Undefined leads to the first page. */
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
      // Where all before the place are gone, and those behind it are not, the next page is the first.
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
  // Order values of attributes are text: `AttributeOrder` says so.
  return { value: order ? ((row.orderValue as string | null | undefined) ?? null) : '', id: row.id };
}

/** Opaque, and of unreserved characters alone: what the cursor belongs to, the way, the size, the order value, the id. */
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

/** Whether the database will take the value for one of the order's type: cursors are not signed. */
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
