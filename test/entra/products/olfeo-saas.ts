import type { Mapping } from '../../support/entra-client.js';

/** Attribute mapping of Microsoft's provisioning tutorial for Olfeo SAAS. */
export const OLFEO_SAAS: Mapping = {
  product: 'Olfeo SAAS',
  users: [
    { path: 'userName', type: 'String', filterable: true },
    { path: 'displayName', type: 'String' },
    { path: 'active', type: 'Boolean' },
    { path: 'emails[type eq "work"].value', type: 'String' },
    { path: 'preferredLanguage', type: 'String' },
    { path: 'name.givenName', type: 'String' },
    { path: 'name.familyName', type: 'String' },
    { path: 'name.formatted', type: 'String' },
    { path: 'externalId', type: 'String' },
  ],
  groups: [
    { path: 'displayName', type: 'String', filterable: true },
    { path: 'externalId', type: 'String' },
    { path: 'members', type: 'Reference' },
  ],
};
