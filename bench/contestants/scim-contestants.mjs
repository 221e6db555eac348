/**
 * The SCIM contestants, in the order of the tables. `kind` determines how a comparison is read: Portico itself, a
 * handwritten floor, a peer that stores its users in the same PostgreSQL, or a peer that keeps them in memory.
 */
export const SCIM_CONTESTANTS = [
  { key: 'portico', name: 'Portico', kind: 'portico', packages: ['portico'] },
  { key: 'floor-http', name: 'floor: node:http', kind: 'floor', packages: ['pg'] },
  { key: 'floor-express', name: 'floor: express', kind: 'floor', packages: ['express', 'pg'] },
  {
    key: 'saml-jackson',
    name: 'Ory Polis (saml-jackson)',
    kind: 'peer',
    packages: ['@boxyhq/saml-jackson'],
    note: 'embedded on `node:http`, without the Next.js of the service; its events go to a callback and are not stored',
  },
  {
    key: 'better-auth',
    name: 'Better Auth SCIM',
    kind: 'peer',
    packages: ['better-auth', '@better-auth/scim'],
    note: 'on `node:http`, with its rate limit off',
  },
  {
    key: 'scimmy',
    name: 'SCIMMY (in memory)',
    kind: 'memory',
    packages: ['scimmy', 'scimmy-routers'],
    note: 'has no storage of its own; here a `Map`, which it scans for every filter; not counted among the peers on PostgreSQL',
  },
];
