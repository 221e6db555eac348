/** What keeps the embedded PostgreSQL from working; the message is one line for the person who started Portico. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

/** The code of a system or PostgreSQL error (`EACCES`, `57P03`), if it has one. */
export function errorCode(error: unknown): string | undefined {
  // By shape: under jest the errors of Node's own modules are not instances of the Error a test file sees.
  return hasText(error, 'code') ? error.code : undefined;
}

/** The first line of whatever was thrown. */
export function errorLine(error: unknown): string {
  // Connecting to several addresses fails with an AggregateError whose own message is empty.
  const message = (hasText(error, 'message') && error.message) || (errorCode(error) ?? String(error));
  return message.split('\n', 1)[0] ?? message;
}

function hasText<Key extends string>(value: unknown, key: Key): value is Record<Key, string> {
  return typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[key] === 'string';
}
