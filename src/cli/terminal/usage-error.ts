/** A command that cannot be run as it was called. The message is one line for the person who called it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
