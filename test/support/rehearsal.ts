import type { Exchange } from '../../packages/scim-rehearsal/src/client/exchange.js';
import { BUILT_IN_PROFILES } from '../../packages/scim-rehearsal/src/profile/built-in/built-in-profiles.js';
import { rehearse } from '../../packages/scim-rehearsal/src/simulator/rehearse.js';
import type { RehearsalResult } from '../../packages/scim-rehearsal/src/simulator/result.js';
import type { Progress } from '../../packages/scim-rehearsal/src/simulator/session/progress.js';
import type { RehearsalOptions } from '../../packages/scim-rehearsal/src/simulator/session/rehearsal-options.js';
import { Session } from '../../packages/scim-rehearsal/src/simulator/session/session.js';

/** Records the exchanges and phases of a run, and displays nothing. */
export class RecordingProgress implements Progress {
  readonly exchanges: Exchange[] = [];
  readonly phases: string[] = [];

  begin(phase: string): void {
    this.phases.push(phase);
  }

  advance(): void {
    // Nothing to record.
  }

  note(exchange: Exchange): void {
    this.exchanges.push(exchange);
  }

  end(): void {
    // Nothing to record.
  }
}

/** Runs a small rehearsal, always with the same users and groups. */
export function rehearseSmall(
  options: Partial<RehearsalOptions> & Pick<RehearsalOptions, 'tenantUrl' | 'token'>,
  progress = new RecordingProgress(),
): Promise<RehearsalResult> {
  return rehearse({ ...SMALL, ...options }, progress);
}

/** Returns the session of a small rehearsal, for a test that runs a single phase. */
export function toSession(
  options: Partial<RehearsalOptions> & Pick<RehearsalOptions, 'tenantUrl' | 'token'>,
  progress = new RecordingProgress(),
): Session {
  return new Session({ ...SMALL, ...options }, progress, () => undefined);
}

const SMALL = {
  profile: BUILT_IN_PROFILES['non-gallery']!,
  dialect: 'both',
  users: 10,
  groups: 3,
  members: 4,
  seed: 'test',
  keep: false,
  concurrency: 4,
} as const;
