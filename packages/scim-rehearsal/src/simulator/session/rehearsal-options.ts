import type { Profile } from '../../profile/profile.js';
import type { DialectChoice } from '../dialect/dialect.js';

/** The options of a rehearsal. */
export interface RehearsalOptions {
  readonly tenantUrl: string;
  readonly token: string;
  readonly profile: Profile;
  readonly dialect: DialectChoice;
  readonly users: number;
  readonly groups: number;
  /** Members of each group. */
  readonly members: number;
  readonly seed: string;
  /** True if an earlier run may have used the same seed: what it left behind is deleted first. */
  readonly isSeedChosen?: boolean;
  /** Keeps the created resources. */
  readonly keep: boolean;
  /** The maximum number of requests in flight. */
  readonly concurrency: number;
  /** The maximum number of requests per second. */
  readonly rate?: number | undefined;
  /** How long to wait for a response, in milliseconds. */
  readonly timeout?: number | undefined;
  /** Once aborted, the run stops and deletes what it created. */
  readonly signal?: AbortSignal | undefined;
  /** Once aborted, the cleanup stops too, and the result lists what is left. */
  readonly abandon?: AbortSignal | undefined;
}
