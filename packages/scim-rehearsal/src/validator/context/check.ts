import type { Exchange } from '../../client/exchange.js';
import type { CheckContext } from './check-context.js';

/** The origin of a check: the web tool, or one of the three groups of tests in the onboarding template for the gallery. */
export type Suite = 'SCIM Validator' | 'Template: users' | 'Template: groups' | 'Template: SCIM';

/** A check that Microsoft performs on a SCIM endpoint before accepting it into the gallery. */
export interface Check {
  /** Stable, so that reports can be compared. */
  readonly name: string;
  readonly suite: Suite;
  /** The requests that the check sends, in one sentence. */
  readonly sends: string;
  /** The requirement for the responses, in one sentence. */
  readonly requires: string;
  /** Where the requirement is documented. */
  readonly source: string;
  /** True if a failure is a warning only. */
  readonly optional?: boolean;
  /** @throws CheckFailed if the endpoint fails the check, NotApplicable if there is nothing to check */
  readonly run: (context: CheckContext) => Promise<void>;
}

/** The outcome of a check. `warned`: an optional check failed. */
export type Verdict = 'passed' | 'failed' | 'warned' | 'skipped';

/** A check and its outcome. */
export interface CheckResult extends Omit<Check, 'run'> {
  readonly verdict: Verdict;
  /** Why it failed or was skipped. */
  readonly reason?: string;
  /** The exchange that caused the failure. */
  readonly exchange?: Exchange;
}

/** The documentation of the web tool. */
export const TOOL_PAGE =
  'https://learn.microsoft.com/en-us/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups';

/** The documentation of the template's tests. */
export const TEMPLATE_PAGE =
  'https://github.com/AzureAD/SCIMReferenceCode/blob/master/Microsoft.SCIM.LogicAppValidationTemplate/StandardLogicApp/SCIM-Validation-Test-Overview.md';
