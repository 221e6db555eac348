import type { Values } from '../../client/resource-body.js';
import { ENTERPRISE_URN } from '../../client/urns.js';
import { Random } from '../../profile/random.js';

/** The types (RFC 7643 §2.3) with sample values: all but reference, binary and complex. */
export const SAMPLE_TYPES = ['string', 'boolean', 'integer', 'decimal', 'dateTime'] as const;

/** An attribute with sample values. */
export interface SampleAttribute {
  readonly path: string;
  readonly type: (typeof SAMPLE_TYPES)[number];
  /** The values that it accepts; empty if it accepts any. */
  readonly canonicalValues: readonly string[];
  /** True if its values must be unique. */
  readonly isUnique: boolean;
}

type Invent = (name: string, second: boolean) => string;

/** Names in the IANA database. The web tool sends random ones; here they depend on the name of the user. */
const TIME_ZONES = [
  'Europe/Berlin',
  'America/St_Johns',
  'Asia/Kolkata',
  'America/Argentina/Buenos_Aires',
  'Pacific/Auckland',
  'Africa/Abidjan',
] as const;

/** Sample texts of the attributes in Entra's default mapping, and changed ones. */
const DEFAULT_TEXTS: Readonly<Record<string, Invent>> = {
  displayName: (name, second) => `${second ? 'Robin' : 'Kim'} ${name}`,
  'name.givenName': (_name, second) => (second ? 'Robin' : 'Kim'),
  'name.familyName': (name, second) => `${second ? 'Berg' : 'Moss'} ${name}`,
  'name.formatted': (name, second) => `${second ? 'Robin Berg' : 'Kim Moss'} ${name}`,
  title: (_name, second) => (second ? 'Principal Engineer' : 'Engineer'),
  nickName: (_name, second) => (second ? 'Rob' : 'Kimmy'),
  userType: (_name, second) => (second ? 'Contractor' : 'Employee'),
  preferredLanguage: (_name, second) => (second ? 'de-DE' : 'en-GB'),
  locale: (_name, second) => (second ? 'de-DE' : 'en-GB'),
  timezone: toTimeZone,
  externalId: (name, second) => `${name}-${second ? 2 : 1}`,
  'emails[type eq "work"].value': (name, second) => `${name}${second ? '.second' : ''}@rehearsal.example`,
  'emails[type eq "home"].value': (name, second) => `home.${name}${second ? '.second' : ''}@rehearsal.example`,
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

/** Sample texts of attributes that are not in Entra's default mapping. Sent only if /Schemas publishes them. */
const FURTHER_TEXTS: Readonly<Record<string, Invent>> = {
  'emails[type eq "home"].display': (_name, second) => (second ? 'Home, new' : 'Home'),
  // Entra and the web tool quote the boolean (see the source of Add_Attributes).
  'roles[primary eq "True"].value': (_name, second) => (second ? 'Writer' : 'Reader'),
  profileUrl: (name, second) => `https://rehearsal.example/${name}${second ? '/second' : ''}`,
};

/** The attributes that the checks send if the schemas of the endpoint are unknown, except `userName`. */
export const DEFAULT_ATTRIBUTES: readonly SampleAttribute[] = Object.keys(DEFAULT_TEXTS).map((path) => ({
  path,
  type: 'string',
  canonicalValues: [],
  isUnique: false,
}));

/** The paths with sample texts. The samples of other attributes depend on their types. */
export const NAMED_PATHS: readonly string[] = [...Object.keys(DEFAULT_TEXTS), ...Object.keys(FURTHER_TEXTS)];

/**
 * Sample values of attributes.
 *
 * @param name of the object, which some values contain
 * @param second returns changed values
 */
export function sampleValues(name: string, attributes: readonly SampleAttribute[], second = false): Values {
  return Object.fromEntries(attributes.map((attribute) => [attribute.path, toSample(attribute, name, second)]));
}

function toSample(attribute: SampleAttribute, name: string, second: boolean): string | number | boolean {
  const { path, type, isUnique } = attribute;
  const revision = second ? 1 : 0;
  switch (type) {
    case 'string':
      return toText(attribute, name, second);
    case 'boolean':
      return !second;
    case 'integer':
      return (isUnique ? new Random(`${name} ${path}`).below(1_000_000_000) : 7) + revision;
    case 'decimal':
      // Exact in binary, so that no conversion changes it.
      return 7.25 + revision;
    case 'dateTime':
      return second ? '2026-10-25T17:45:00Z' : '2026-03-01T09:30:00Z';
  }
}

function toText({ path, canonicalValues }: SampleAttribute, name: string, second: boolean): string {
  const canonical = canonicalValues[second ? canonicalValues.length - 1 : 0];
  if (canonical !== undefined) return canonical;
  const invent = DEFAULT_TEXTS[path] ?? FURTHER_TEXTS[path];
  return invent ? invent(name, second) : `${path.split(/[:.]/).at(-1) ?? path} of ${name}${second ? ', second' : ''}`;
}

function toTimeZone(name: string, second: boolean): string {
  const first = new Random(name).below(TIME_ZONES.length);
  return TIME_ZONES[(first + (second ? 1 : 0)) % TIME_ZONES.length] ?? TIME_ZONES[0];
}
