/** The façade or tool through which a change was made. */
export type EventSource = 'SCIM' | 'GRAPHQL' | 'CLI' | 'SYSTEM';

/** The originator of a change and its directory. Authentication creates it; every command and event carries it. */
export interface Actor {
  readonly directoryId: string;
  /**
   * `token:<id>` for a stored token, `admin` for the configured one, `cli` for the command line. Never contains a
   * secret.
   */
  readonly name: string;
  readonly source: EventSource;
  readonly requestId?: string;
}
