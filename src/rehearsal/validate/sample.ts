import { ENTERPRISE_URN, GROUP_URN, USER_URN, assignValue, type Draft } from '../attribute-path.js';
import type { Json } from '../json.js';

/** Values by attribute path. */
export type Values = Readonly<Record<string, string>>;

/** Plain, harmless values, by attribute path; each is another in the second revision. */
const VALUES: Readonly<Record<string, (name: string, second: boolean) => string>> = {
  displayName: (name, second) => `${second ? 'Robin' : 'Kim'} ${name}`,
  'name.givenName': (_name, second) => (second ? 'Robin' : 'Kim'),
  'name.familyName': (name, second) => `${second ? 'Berg' : 'Moss'} ${name}`,
  'name.formatted': (name, second) => `${second ? 'Robin Berg' : 'Kim Moss'} ${name}`,
  title: (_name, second) => (second ? 'Principal Engineer' : 'Engineer'),
  nickName: (_name, second) => (second ? 'Rob' : 'Kimmy'),
  userType: (_name, second) => (second ? 'Contractor' : 'Employee'),
  preferredLanguage: (_name, second) => (second ? 'de-DE' : 'en-GB'),
  locale: (_name, second) => (second ? 'de-DE' : 'en-GB'),
  timezone: (_name, second) => (second ? 'America/Chicago' : 'Europe/Berlin'),
  externalId: (name, second) => `${name}-${second ? 2 : 1}`,
  'emails[type eq "work"].value': (name, second) => `${name}${second ? '.second' : ''}@rehearsal.example`,
  'phoneNumbers[type eq "work"].value': (_name, second) => (second ? '+49 221 5550199' : '+1 (425) 555-0100 x7'),
  'addresses[type eq "work"].streetAddress': (_name, second) => (second ? '2 Domstraße' : '1 Main Street'),
  'addresses[type eq "work"].locality': (_name, second) => (second ? 'Köln' : 'Redmond'),
  'addresses[type eq "work"].region': (_name, second) => (second ? 'NRW' : 'WA'),
  'addresses[type eq "work"].postalCode': (_name, second) => (second ? '50667' : '98052'),
  'addresses[type eq "work"].country': (_name, second) => (second ? 'DE' : 'US'),
  [`${ENTERPRISE_URN}:employeeNumber`]: (_name, second) => (second ? 'E-0032' : 'E-0031'),
  [`${ENTERPRISE_URN}:costCenter`]: (_name, second) => (second ? 'CC 8' : 'CC 7'),
  [`${ENTERPRISE_URN}:organization`]: (_name, second) => (second ? 'Contoso' : 'Fabrikam'),
  [`${ENTERPRISE_URN}:division`]: (_name, second) => (second ? 'South' : 'North'),
  [`${ENTERPRISE_URN}:department`]: (_name, second) => (second ? 'Field Sales' : 'Sales'),
};

/** Every path that has sample values, `userName` apart. */
export const SAMPLE_PATHS: readonly string[] = Object.keys(VALUES);

/** Sample values of the named paths for the object of that name. */
export function sampleValues(name: string, paths: readonly string[], second = false): Values {
  return Object.fromEntries(
    paths.flatMap((path) => {
      const invent = VALUES[path];
      return invent ? [[path, invent(name, second)] as const] : [];
    }),
  );
}

/** The body of a POST as Entra writes it: the enterprise schema is named whatever follows. */
export function toUserBody(userName: string, values: Values): Record<string, Json | undefined> {
  const body: Draft = {
    schemas: [USER_URN, ENTERPRISE_URN],
    userName,
    active: true,
    meta: { resourceType: 'User' },
  };
  for (const [path, value] of Object.entries(values)) assignValue(body, path, value);
  return body;
}

/**
 * The body of a POST of a group.
 *
 * @param furtherUrn a schema that is named beside that of groups
 */
export function toGroupBody(displayName: string, furtherUrn?: string): Record<string, Json | undefined> {
  const schemas = furtherUrn === undefined ? [GROUP_URN] : [GROUP_URN, furtherUrn];
  return { schemas, displayName, meta: { resourceType: 'Group' } };
}
