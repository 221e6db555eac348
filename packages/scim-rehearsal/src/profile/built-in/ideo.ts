import type { Profile } from '../profile.js';
import { ACTIVE, MEMBERS, matched, texts } from './mapping-rows.js';

/**
 * IDEO, after Microsoft's provisioning tutorial. Its table has no column for filters: users and groups are matched by what
 * Entra matches by default. Since June 2020 its groups are changed by PATCH, not by PUT.
 */
export const IDEO: Profile = {
  name: 'IDEO',
  users: [
    matched('userName'),
    ...texts('emails[type eq "work"].value'),
    ACTIVE,
    ...texts('name.givenName', 'name.familyName'),
  ],
  groups: [matched('displayName'), MEMBERS],
};
