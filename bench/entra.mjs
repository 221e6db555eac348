/** Requests as Entra sends them. */

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

export const userName = (n) => `kim.moss-${n}@fabrikam.example`;

/** The body of a create, with the attributes of Entra's default mappings. */
export function newUser(n) {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', ENTERPRISE],
    externalId: `object-${n}`,
    userName: userName(n),
    active: true,
    displayName: `Kim Moss ${n}`,
    title: 'Engineer',
    preferredLanguage: 'en-GB',
    name: { formatted: `Kim Moss ${n}`, givenName: 'Kim', familyName: `Moss ${n}` },
    emails: [{ type: 'work', primary: true, value: userName(n) }],
    phoneNumbers: [{ type: 'work', value: '+1 555 0100' }],
    [ENTERPRISE]: { department: 'Research', employeeNumber: `${100_000 + n}` },
  };
}

/** The path of the match request that precedes every change. */
export function matchPath(name) {
  return `/Users?filter=${encodeURIComponent(`userName eq "${name}"`)}`;
}

/** A PATCH body that sets two attributes. Their values depend on n, so that no request is a no-op. */
export function change(n) {
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [
      { op: 'replace', path: 'displayName', value: `Kim Moss the ${n}th` },
      { op: 'replace', path: 'active', value: n % 2 === 0 },
    ],
  };
}
