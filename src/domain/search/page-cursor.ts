import { createHash } from 'node:crypto';
import { isId } from '../kernel/id.js';
import { isDateTime } from '../schema/date-time.js';
import type { AttributeOrder, OrderColumn, Position } from './keyset-pagination.js';

/** The list that a cursor belongs to. Any other list refuses it, because its position would mean nothing there. */
export interface CursorScope {
  /** The kind of list, such as `users`. */
  readonly list: string;
  /** The directory; '' for the list of directories itself. */
  readonly directoryId: string;
  /** Distinguishes lists of the same kind, such as the name of their order or a digest of their filter. */
  readonly variant?: string;
  /** The order before the id; without it, the list is ordered by id alone. */
  readonly order?: Pick<OrderColumn, 'type'> | Pick<AttributeOrder, 'type' | 'nullable'> | undefined;
}

/** A position in a list, with the settings that a client need not repeat. */
export interface PageCursor {
  readonly settings: readonly unknown[];
  /** Undefined for the beginning of the list. */
  readonly position: Position | undefined;
}

/** Makes an opaque cursor of unreserved characters only (RFC 3986 §2.3). */
export function encodeCursor(
  scope: CursorScope,
  position: Position | undefined,
  settings: ReadonlyArray<string | number> = [],
): string {
  const last = position ? [position.value, position.id] : [];
  return Buffer.from(JSON.stringify([...keyOf(scope), ...settings, ...last])).toString('base64url');
}

/**
 * Reads a cursor. Cursors are not signed, so the position is checked: PostgreSQL accepts its value for the order's type.
 *
 * @param settings how many settings the cursor has; the caller checks them
 * @returns undefined for text that is not a cursor of this list
 */
export function parseCursor(text: string, scope: CursorScope, settings = 0): PageCursor | undefined {
  const parts = parseParts(text);
  const key = keyOf(scope);
  if (!key.every((part, index) => parts[index] === part)) return undefined;
  const rest = parts.slice(key.length);
  const [value, id, ...others] = rest.slice(settings);
  const found = rest.slice(0, settings);
  if (rest.length === settings) return { settings: found, position: undefined };
  const isPosition = others.length === 0 && typeof id === 'string' && isId(id) && isOrderValue(value, scope);
  return isPosition ? { settings: found, position: { value, id } } : undefined;
}

function parseParts(text: string): readonly unknown[] {
  const bytes = Buffer.from(text, 'base64url');
  // Decoding skips what is not base64url, so a damaged cursor could pass for a whole one.
  if (bytes.toString('base64url') !== text) return [];
  try {
    const parts: unknown = JSON.parse(bytes.toString());
    return Array.isArray(parts) ? parts : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function isOrderValue(value: unknown, { order }: CursorScope): value is string | null {
  if (!order) return value === '';
  if (value === null) return 'nullable' in order && order.nullable;
  if (typeof value !== 'string') return false;
  switch (order.type) {
    case 'text':
      return !value.includes('\0') && value.isWellFormed();
    case 'timestamptz':
      return isDateTime(value);
    case 'numeric':
      return /^-?\d{1,400}(\.\d{1,1200})?$/.test(value);
    case 'boolean':
      return value === 'true' || value === 'false';
    case 'uuid':
      return isId(value);
  }
}

function keyOf({ list, variant = '', directoryId }: CursorScope): readonly [string, string, string] {
  return [list, variant, fingerprint(directoryId)];
}

const fingerprints = new Map<string, string>();

function fingerprint(directoryId: string): string {
  const known = fingerprints.get(directoryId);
  if (known !== undefined) return known;
  const made = createHash('sha256').update(directoryId).digest('base64url').slice(0, 8);
  if (fingerprints.size < 10_000) fingerprints.set(directoryId, made);
  return made;
}
