import { CHANGE_UNNOTICED, type Rule } from './rule.js';

/** Requirements on setting and removing the manager of a user. */
export const MANAGER_RULES = {
  'manager-text-refused': {
    title: 'manager as a bare id is refused',
    requirement: 'The id of the manager as a string at the path of the enterprise extension.',
    source: 'RFC 7643 §4.3 defines an object; Entra: manager, seen in reports',
    next: 'retry',
    consequence: 'Users have no manager; the reference is retried in every cycle.',
    severity: 'unhealthy',
  },
  'manager-text-ignored': {
    title: 'manager as a bare id is answered with success but not stored',
    requirement: 'The id of the manager as a string at the path of the enterprise extension becomes `manager.value`.',
    source: 'RFC 7643 §4.3 defines an object; Entra: manager, seen in reports',
    next: 'nothing',
    consequence: CHANGE_UNNOTICED,
    severity: 'unhealthy',
  },
  'manager-refused': {
    title: 'A manager cannot be set',
    requirement: '`manager` accepts an object with the id as its value.',
    source: 'RFC 7643 §4.3, RFC 7644 §3.5.2',
    next: 'retry',
    consequence: 'Users have no manager; the reference is retried in every cycle.',
    severity: 'unhealthy',
  },
  'manager-sample-refused': {
    title: 'manager as in Microsoft’s sample is refused or not stored',
    requirement: '`Add` at `manager` with a list of one `{$ref, value}`, as in Microsoft’s documentation.',
    source: 'Entra: sample of a manager update',
    next: 'retry',
    consequence: 'Users have no manager; the reference is retried in every cycle.',
    severity: 'advice',
  },
  'create-with-manager-text-refused': {
    title: 'A user whose manager is a bare id is not created',
    requirement:
      'A POST with the id of the manager as a string in the enterprise extension must be accepted. Entra has been seen to send it.',
    source: 'RFC 7643 §4.3 defines an object; Entra: seen in reports',
    next: 'retry',
    consequence: 'The user is not created, and retried in every cycle.',
    severity: 'unhealthy',
  },
  'manager-not-removed': {
    title: 'A manager cannot be removed',
    requirement: 'A remove operation, or a replace operation with an empty value, at the path of the manager.',
    source: 'RFC 7644 §3.5.2.2; gallery validation, Update_Manager',
    next: 'retry',
    consequence: 'Users keep their former manager.',
    severity: 'unhealthy',
  },
} as const satisfies Record<string, Rule>;
