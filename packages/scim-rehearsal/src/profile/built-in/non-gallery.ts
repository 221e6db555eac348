import type { Profile } from '../profile.js';
import { ACTIVE, MANAGER, MEMBERS, address, enterprise, matched, texts } from './mapping-rows.js';

/** Entra's default mapping for a non-gallery application. */
export const NON_GALLERY: Profile = {
  name: 'non-gallery application',
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
    ),
    ...address('work', 'formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country'),
    ...texts(
      'phoneNumbers[type eq "work"].value',
      'phoneNumbers[type eq "mobile"].value',
      'phoneNumbers[type eq "fax"].value',
      'externalId',
    ),
    ...enterprise('employeeNumber', 'department'),
    MANAGER,
  ],
  groups: [matched('displayName'), ...texts('externalId'), MEMBERS],
};
