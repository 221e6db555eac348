import type { Exchange } from '../../client/exchange.js';
import type { CheckContext } from './check-context.js';

/** Whose check it is: the web tool's, or one of the three groups of the onboarding template for the gallery. */
export type Suite = 'SCIM Validator' | 'Template: users' | 'Template: groups' | 'Template: SCIM';

/** One check that Microsoft makes of a SCIM endpoint before it is let into the gallery. */
export interface Check {
  /** Stable: reports are compared by it. */
  readonly name: string;
  readonly suite: Suite;
  /** What it sends, in a sentence. */
  readonly sends: string;
  /** What it requires of the answers, in a sentence. */
  readonly requires: string;
  /** Where that is said. */
  readonly source: string;
  /** True where the validators warn of a failure and let the endpoint pass all the same. */
  readonly optional?: boolean;
  /** @throws CheckFailed when the endpoint fails the check, NotApplicable when there is nothing to check */
  readonly run: (context: CheckContext) => Promise<void>;
}

/** How a check ended. An optional one that fails is warned of, and nothing more. */
export type Verdict = 'passed' | 'failed' | 'warned' | 'skipped';

/** A check, and how it ended. */
export interface CheckResult extends Omit<Check, 'run'> {
  readonly verdict: Verdict;
  /** Why it failed, was warned of or was skipped. */
  readonly reason?: string;
  /** The exchange that failed it. */
  readonly exchange?: Exchange;
}

/** The page that describes the web tool's checks. */
export const TOOL_PAGE =
  'https://learn.microsoft.com/en-us/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups';

/** The description of the template's tests. */
export const TEMPLATE_PAGE =
  'https://github.com/AzureAD/SCIMReferenceCode/blob/master/Microsoft.SCIM.LogicAppValidationTemplate/StandardLogicApp/SCIM-Validation-Test-Overview.md';
