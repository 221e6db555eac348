import type { Mapping } from '../../support/entra-client.js';

/**
 * Attribute mapping of Microsoft's provisioning tutorial for IDEO, whose table has no column for filters: users and groups
 * are matched by Entra's default attributes. Since June 2020 its groups are changed by PATCH, not by PUT.
 */
export const IDEO: Mapping = {
  product: 'IDEO',
  users: [
    { path: 'userName', type: 'String', filterable: true },
    { path: 'emails[type eq "work"].value', type: 'String' },
    { path: 'active', type: 'Boolean' },
    { path: 'name.givenName', type: 'String' },
    { path: 'name.familyName', type: 'String' },
  ],
  groups: [
    { path: 'displayName', type: 'String', filterable: true },
    { path: 'members', type: 'Reference' },
  ],
};
