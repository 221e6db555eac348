/** Through which face of the service a change came in. */
export type EventSource = 'SCIM' | 'GRAPHQL' | 'CLI' | 'SYSTEM';

/** Who acts, in which directory, through which face. Authentication makes it; every command and event carries it. */
export interface Actor {
  readonly directoryId: string;
  /** `token:<id>` for a stored token, `admin` for the configured one, `cli` for the command line. Never a secret. */
  readonly name: string;
  readonly source: EventSource;
  readonly requestId?: string;
}
