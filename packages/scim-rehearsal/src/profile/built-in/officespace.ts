import type { Profile } from '../profile.js';
import { ACTIVE, MEMBERS, enterprise, matched, texts } from './mapping-rows.js';

/**
 * OfficeSpace Software. In Microsoft's tutorial the table is a picture, so these are the attributes that such an
 * application is known to take.
 */
export const OFFICESPACE: Profile = {
  name: 'OfficeSpace Software',
  users: [
    matched('userName'),
    ...texts('name.givenName', 'name.familyName', 'name.formatted', 'emails[type eq "work"].value', 'title'),
    ACTIVE,
    ...enterprise('department'),
  ],
  groups: [matched('displayName'), MEMBERS],
};
