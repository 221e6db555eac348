/**
 * What Entra does after a failure. `quarantine`: the whole job stops but for one attempt a day, and is disabled after four
 * weeks; `retry`: the object is tried again after 6, 12 and 24 hours, then daily for 28 days; `skip`: the object is left
 * out; `nothing`: Entra does not notice, and the application holds something else than Entra believes.
 */
export type Next = 'quarantine' | 'retry' | 'skip' | 'nothing';

/** Something that Entra needs of an endpoint. */
export interface Rule {
  /** What is wrong, in one line. */
  readonly title: string;
  /** What Entra requires there. */
  readonly requirement: string;
  /** The RFC section or the Entra rule that says so. */
  readonly source: string;
  readonly next: Next;
  /** What Entra would do, in words. */
  readonly consequence: string;
  /** `unhealthy`: the connection does not work as it should; `advice`: it does, today. */
  readonly severity: 'unhealthy' | 'advice';
}
