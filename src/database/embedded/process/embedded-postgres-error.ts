/** The embedded PostgreSQL cannot be used; the message is one line for the user. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

/** Returns the code of a system or PostgreSQL error (`EACCES`, `57P03`), if it has one. */
export function errorCode(error: unknown): string | undefined {
  // Not by instanceof: under Jest, errors of Node's modules are instances of another Error than that of the test file.
  return hasText(error, 'code') ? error.code : undefined;
}

/** Returns the first line of the message of a thrown value. */
export function errorLine(error: unknown): string {
  // A failed connection to several addresses is an AggregateError with an empty message.
  const message = (hasText(error, 'message') && error.message) || (errorCode(error) ?? String(error));
  return message.split('\n', 1)[0] ?? message;
}

function hasText<Key extends string>(value: unknown, key: Key): value is Record<Key, string> {
  return typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[key] === 'string';
}
