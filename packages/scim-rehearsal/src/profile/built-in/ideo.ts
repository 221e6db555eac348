import type { Profile } from '../profile.js';
import { ACTIVE, MEMBERS, matched, texts } from './mapping-rows.js';

/**
 * IDEO, from Microsoft's provisioning tutorial. Its table has no filter column, so Entra's default matching attributes apply.
 * Since June 2020, groups are updated by PATCH rather than PUT.
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
