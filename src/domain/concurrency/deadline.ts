/** A result was not available in time. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/**
 * Waits for a result for a limited time. The work itself continues; its later result is ignored.
 *
 * @param milliseconds how long to wait
 * @param subject names the work in the error message
 * @throws DeadlineError after that time, or as the work does
 */
export async function withDeadline<Result>(
  work: Promise<Result>,
  milliseconds: number,
  subject: string,
): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new DeadlineError(`${subject} took longer than ${milliseconds} ms`));
  }, milliseconds);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
