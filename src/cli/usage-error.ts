/** An error in the arguments, environment or input of a command. The message is one line for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(
    message: string,
    /** The exit status of the process. */
    readonly status = 1,
  ) {
    super(message);
  }
}

/** Creates a UsageError of `rehearse`, whose status 1 means that the connection would not stay healthy. */
export function wrongUsage(message: string): UsageError {
  return new UsageError(message, 2);
}
