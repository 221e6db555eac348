import { createHash } from 'node:crypto';
import { isId } from '../../domain/id.js';
import type { JsonObject } from '../../domain/json.js';
import type { AttributeOrder, Ordered, Page, PageBounds, Position } from '../../domain/page.js';
import { ScimError } from '../errors.js';
import { DEFAULT_PAGE, MAX_PAGE } from '../limits.js';
import { LIST_RESPONSE_URN } from './list-response.js';

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
  toResponse(page: Page<Ordered<{ readonly id: string }>>, total: number, resources: readonly JsonObject[]): JsonObject;
}

/** Which way a cursor leads from its place. */
type Way = 'next' | 'previous';

/** True for a request that pages by cursor: the first page is asked for by an empty one. */
export function hasCursor(query: URLSearchParams): boolean {
  return query.has('cursor');
}

/**
 * Reads `cursor` and `count`.
 *
 * @throws ScimError 400 invalidCursor for what is no cursor of this query in this directory, invalidCount for anything
 *   but a whole number from 0; a count above the limit is cut to it
 */
export function parseCursorPaging(scope: CursorScope): CursorPaging {
  const cursor = scope.query.get('cursor') ?? '';
  const place = cursor === '' ? undefined : parseCursor(cursor, scope);
  const backward = place?.way === 'previous';
  const bounds: PageBounds = {
    size: parseCount(scope.query.get('count')),
    backward,
    ...(place && { [backward ? 'before' : 'after']: place.position }),
  };
  return {
    bounds,
    toResponse({ rows, more }, total, resources) {
      const [first, last] = [rows[0], rows.at(-1)];
      const next = (backward || more) && last ? encodeCursor(scope, 'next', last) : undefined;
      const previous = (backward ? more : place) && first ? encodeCursor(scope, 'previous', first) : undefined;
      return {
        schemas: [LIST_RESPONSE_URN],
        totalResults: total,
        itemsPerPage: resources.length,
        ...(next !== undefined && { nextCursor: next }),
        ...(previous !== undefined && { previousCursor: previous }),
        Resources: resources,
      };
    },
  };
}

function parseCount(text: string | null): number {
  if (text === null || text === '') return DEFAULT_PAGE;
  if (!/^\d{1,15}$/.test(text)) throw new ScimError(400, 'count must be a whole number from 0', 'invalidCount');
  return Math.min(Number(text), MAX_PAGE);
}

/** Opaque, and of unreserved characters alone: what the cursor belongs to, the way, the order value, the id. */
function encodeCursor(scope: CursorScope, way: Way, row: Ordered<{ readonly id: string }>): string {
  const value = scope.order ? (row.orderValue ?? null) : '';
  return Buffer.from(JSON.stringify([fingerprint(scope), way, value, row.id])).toString('base64url');
}

function parseCursor(text: string, scope: CursorScope): { readonly way: Way; readonly position: Position } {
  const [of, way, value, id, ...rest] = parseParts(text);
  const fits = of === fingerprint(scope) && rest.length === 0 && (way === 'next' || way === 'previous');
  if (!fits || typeof id !== 'string' || !isId(id) || !isOrderValue(value, scope)) {
    throw new ScimError(400, 'This is no cursor of this query; begin with an empty one', 'invalidCursor');
  }
  return { way, position: { value, id } };
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
