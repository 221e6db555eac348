import type { Exchange } from '../../packages/scim-rehearsal/src/client/exchange.js';
import type { Progress } from '../../packages/scim-rehearsal/src/simulator/session/progress.js';
import { BUILT_IN_PROFILES } from '../../packages/scim-rehearsal/src/profile/built-in/built-in-profiles.js';
import { rehearse } from '../../packages/scim-rehearsal/src/simulator/rehearse.js';
import type { RehearsalResult } from '../../packages/scim-rehearsal/src/simulator/result.js';
import { Session, type RehearsalOptions } from '../../packages/scim-rehearsal/src/simulator/session/session.js';

/** Keeps every exchange and phase of a rehearsal, and shows nothing. */
export class RecordingProgress implements Progress {
  readonly exchanges: Exchange[] = [];
  readonly phases: string[] = [];

  begin(phase: string): void {
    this.phases.push(phase);
  }

  advance(): void {
    // Nothing to show.
  }

  note(exchange: Exchange): void {
    this.exchanges.push(exchange);
  }

  end(): void {
    // Nothing to show.
  }
}

/** A small rehearsal, always of the same people. */
export function rehearseSmall(
  options: Partial<RehearsalOptions> & Pick<RehearsalOptions, 'tenantUrl' | 'token'>,
  progress = new RecordingProgress(),
): Promise<RehearsalResult> {
  return rehearse({ ...SMALL, ...options }, progress);
}

/** A rehearsal of which a test plays a part by itself. */
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
