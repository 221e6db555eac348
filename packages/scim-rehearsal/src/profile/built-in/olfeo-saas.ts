import type { Profile } from '../profile.js';
import { ACTIVE, MEMBERS, matched, texts } from './mapping-rows.js';

/** Olfeo SAAS, from Microsoft's provisioning tutorial. */
export const OLFEO_SAAS: Profile = {
  name: 'Olfeo SAAS',
  users: [
    matched('userName'),
    ...texts('displayName'),
    ACTIVE,
    ...texts(
      'emails[type eq "work"].value',
      'preferredLanguage',
      'name.givenName',
      'name.familyName',
      'name.formatted',
      'externalId',
    ),
  ],
  groups: [matched('displayName'), ...texts('externalId'), MEMBERS],
};
