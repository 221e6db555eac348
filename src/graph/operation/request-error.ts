import type { GraphQLError } from 'graphql';

/** An operation that does not run: what is wrong with it, and how that looks in http. */
export class RequestError extends Error {
  override readonly name = 'Refusal';

  /**
   * @param errors at least one, each with a code
   * @param status of an answer over http, where the client takes GraphQL's own media type; see `graph-routes.ts`
   * @param headers of an answer over http
   */
  constructor(
    readonly errors: readonly GraphQLError[],
    readonly status: 400 | 405 | 429 = 400,
    readonly headers: Readonly<Record<string, string>> = {},
    /** Of the answer as a whole. */
    readonly extensions?: Readonly<Record<string, unknown>>,
  ) {
    super(errors.map(({ message }) => message).join('\n'));
  }
}
