import type { RuleId } from '../../../packages/scim-rehearsal/src/simulator/rules/finding.js';

/** A fault of a SCIM server that affects Entra. */
export interface Fault {
  /** The rule that the rehearsal must report; undefined if only the validation reveals the fault. */
  readonly rule: RuleId | undefined;
  /** The behaviour of the server, in one sentence. */
  readonly does: string;
  /** Its numbers in the list of public reports that the rehearsal is based on. */
  readonly numbers?: readonly number[];
  readonly reports?: readonly string[];
}
