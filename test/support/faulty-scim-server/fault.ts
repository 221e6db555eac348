import type { RuleId } from '../../../packages/scim-rehearsal/src/simulator/rules/finding.js';

/** Something a server can get wrong when Entra calls. */
export interface Fault {
  /** What the rehearsal has to find; undefined where only the validation sends what would show it. */
  readonly rule: RuleId | undefined;
  /** What the server does, in a sentence. */
  readonly does: string;
  /** Its numbers in the list of public reports that this house works by; reports of one observable fault share them. */
  readonly numbers?: readonly number[];
  readonly reports?: readonly string[];
}
