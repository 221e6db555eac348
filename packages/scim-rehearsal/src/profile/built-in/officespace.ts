import type { Profile } from '../profile.js';
import { ACTIVE, MEMBERS, enterprise, matched, texts } from './mapping-rows.js';

/**
 * OfficeSpace Software. The table in Microsoft's tutorial is an image, so these are the attributes that the application is known
 * to accept.
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
