import type { Mapping } from '../../support/entra-client.js';

/**
 * Attribute mapping for OfficeSpace Software. The table in Microsoft's tutorial is a picture, so these are attributes that
 * such applications are known to accept.
 */
export const OFFICESPACE: Mapping = {
  product: 'OfficeSpace',
  users: [
    { path: 'userName', type: 'String', filterable: true },
    { path: 'name.givenName', type: 'String' },
    { path: 'name.familyName', type: 'String' },
    { path: 'name.formatted', type: 'String' },
    { path: 'emails[type eq "work"].value', type: 'String' },
    { path: 'title', type: 'String' },
    { path: 'active', type: 'Boolean' },
    { path: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department', type: 'String' },
  ],
  groups: [
    { path: 'displayName', type: 'String', filterable: true },
    { path: 'members', type: 'Reference' },
  ],
};
