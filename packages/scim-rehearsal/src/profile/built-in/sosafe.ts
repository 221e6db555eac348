import type { Profile } from '../profile.js';
import { ACTIVE, MEMBERS, address, enterprise, matched, texts } from './mapping-rows.js';

/** SoSafe, from Microsoft's provisioning tutorial: the most extensive of the built-in ones. */
export const SOSAFE: Profile = {
  name: 'SoSafe',
  users: [
    matched('userName'),
    ACTIVE,
    ...texts(
      'displayName',
      'title',
      'emails[type eq "work"].value',
      'preferredLanguage',
      'name.givenName',
      'name.familyName',
      'name.formatted',
      'name.honorificPrefix',
      'name.honorificSuffix',
    ),
    ...address('work', 'formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country'),
    ...texts('phoneNumbers[type eq "work"].value', 'externalId', 'nickName', 'userType', 'locale', 'timezone'),
    ...enterprise('employeeNumber', 'costCenter', 'organization', 'division', 'department'),
  ],
  groups: [matched('displayName'), MEMBERS, ...texts('externalId')],
};
