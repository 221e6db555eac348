/** An error in the arguments, environment or input of a command. The message is one line for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
