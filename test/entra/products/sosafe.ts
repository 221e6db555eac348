import type { Mapping } from '../../support/entra-client.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** Attribute mapping of Microsoft's provisioning tutorial for SoSafe: the widest of the four. */
export const SOSAFE: Mapping = {
  product: 'SoSafe',
  users: [
    { path: 'userName', type: 'String', filterable: true },
    { path: 'active', type: 'Boolean' },
    { path: 'displayName', type: 'String' },
    { path: 'title', type: 'String' },
    { path: 'emails[type eq "work"].value', type: 'String' },
    { path: 'preferredLanguage', type: 'String' },
    { path: 'name.givenName', type: 'String' },
    { path: 'name.familyName', type: 'String' },
    { path: 'name.formatted', type: 'String' },
    { path: 'name.honorificPrefix', type: 'String' },
    { path: 'name.honorificSuffix', type: 'String' },
    { path: 'addresses[type eq "work"].formatted', type: 'String' },
    { path: 'addresses[type eq "work"].streetAddress', type: 'String' },
    { path: 'addresses[type eq "work"].locality', type: 'String' },
    { path: 'addresses[type eq "work"].region', type: 'String' },
    { path: 'addresses[type eq "work"].postalCode', type: 'String' },
    { path: 'addresses[type eq "work"].country', type: 'String' },
    { path: 'phoneNumbers[type eq "work"].value', type: 'String' },
    { path: 'externalId', type: 'String' },
    { path: 'nickName', type: 'String' },
    { path: 'userType', type: 'String' },
    { path: 'locale', type: 'String' },
    { path: 'timezone', type: 'String' },
    { path: `${ENTERPRISE}:employeeNumber`, type: 'String' },
    { path: `${ENTERPRISE}:costCenter`, type: 'String' },
    { path: `${ENTERPRISE}:organization`, type: 'String' },
    { path: `${ENTERPRISE}:division`, type: 'String' },
    { path: `${ENTERPRISE}:department`, type: 'String' },
  ],
  groups: [
    { path: 'displayName', type: 'String', filterable: true },
    { path: 'members', type: 'Reference' },
    { path: 'externalId', type: 'String' },
  ],
};
