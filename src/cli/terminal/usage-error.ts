/** A command that cannot be run as it was called. The message is one line for the person who called it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(
    message: string,
    /** What the process ends with. */
    readonly status = 1,
  ) {
    super(message);
  }
}

/** The same of `rehearse`, whose status 1 says that a connection would not stay healthy. */
export function wrongUsage(message: string): UsageError {
  return new UsageError(message, 2);
}
