/**
 * How Entra reacts to a failure. `quarantine`: the whole job is reduced to one attempt per day and disabled after four weeks;
 * `retry`: the object is retried after 6, 12 and 24 hours, then daily for 28 days; `skip`: the object is skipped; `nothing`: Entra
 * does not notice, and the application stores something other than Entra assumes.
 */
export type Next = 'quarantine' | 'retry' | 'skip' | 'nothing';

/** A requirement of Entra on an endpoint. */
export interface Rule {
  /** The violation, in one line. */
  readonly title: string;
  /** The requirement of Entra, in one sentence. */
  readonly requirement: string;
  /** The RFC section or the documentation of Entra that states the requirement. */
  readonly source: string;
  readonly next: Next;
  /** The consequence of a violation in Entra, in one sentence. */
  readonly consequence: string;
  /** `unhealthy`: the connection does not work as it should; `advice`: it works at present. */
  readonly severity: 'unhealthy' | 'advice';
}
