import type { Exchange } from '../../client/exchange.js';

/** The endpoint did not do what a check requires. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';

  constructor(
    message: string,
    readonly exchange: Exchange | undefined,
  ) {
    super(message);
  }
}

/** The endpoint does not offer what a check is about, and need not. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable';
}
