import type { GraphQLError } from 'graphql';

/** The refusal of an operation: its errors, and the status and headers of the response over HTTP. */
export class RequestError extends Error {
  override readonly name = 'RequestError';

  /**
   * @param errors at least one, each with a code
   * @param status of a response over HTTP in GraphQL's own media type; see `apollo.ts` for `application/json`
   * @param headers of a response over HTTP
   */
  constructor(
    readonly errors: readonly GraphQLError[],
    readonly status: 400 | 405 | 429 = 400,
    readonly headers: Readonly<Record<string, string>> = {},
    /** The extensions of the response. */
    readonly extensions?: Readonly<Record<string, unknown>>,
  ) {
    super(errors.map(({ message }) => message).join('\n'));
  }
}
