/** The command was called incorrectly, and nothing was sent. The message is one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
