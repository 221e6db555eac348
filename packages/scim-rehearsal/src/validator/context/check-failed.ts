import type { Exchange } from '../../client/exchange.js';

/** The endpoint does not meet the requirement of a check. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';

  constructor(
    message: string,
    readonly exchange: Exchange | undefined,
  ) {
    super(message);
  }
}

/** The endpoint does not offer what a check is about, which is permitted. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable';
}
