import { ENTERPRISE_URN, GROUP_URN, USER_URN, assignValue, type Draft } from '../../client/attribute-path.js';
import type { Json } from '../../client/json.js';
import { Random } from '../../profile/random.js';

/** Values by attribute path. */
export type Values = Readonly<Record<string, string | number | boolean>>;

/** The types of RFC 7643 §2.3 that there are sample values of; references, binary and complex values are none of them. */
export const SAMPLE_TYPES = ['string', 'boolean', 'integer', 'decimal', 'dateTime'] as const;

/** An attribute that the checks can send a value of. */
export interface SampleAttribute {
  readonly path: string;
  readonly type: (typeof SAMPLE_TYPES)[number];
  /** The only values that it takes; empty: it takes any. */
  readonly canonicalValues: readonly string[];
  /** Whether no two users may have the same value. */
  readonly isUnique: boolean;
}

type Invent = (name: string, second: boolean) => string;

/** Names of the IANA database. The web tool sends one by chance; here each user has another in its turn. */
const TIME_ZONES = [
  'Europe/Berlin',
  'America/St_Johns',
  'Asia/Kolkata',
  'America/Argentina/Buenos_Aires',
  'Pacific/Auckland',
  'Africa/Abidjan',
] as const;

/** Plain, harmless texts, by attribute path; each is another in the second revision. */
const USUAL: Readonly<Record<string, Invent>> = {
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

/** Sent only where /Schemas publishes them: no default mapping of Entra has them. */
const RARE: Readonly<Record<string, Invent>> = {
  'emails[type eq "home"].display': (_name, second) => (second ? 'Home, new' : 'Home'),
  // Entra quotes the boolean; the web tool does so too (see the issues at Add_Attributes).
  'roles[primary eq "True"].value': (_name, second) => (second ? 'Writer' : 'Reader'),
  profileUrl: (name, second) => `https://rehearsal.example/${name}${second ? '/second' : ''}`,
};

/** What the checks send where nothing is known of the endpoint's schemas, `userName` apart. */
export const USUAL_ATTRIBUTES: readonly SampleAttribute[] = Object.keys(USUAL).map((path) => ({
  path,
  type: 'string',
  canonicalValues: [],
  isUnique: false,
}));

/** Every path that has texts of its own; the others have what follows from their types. */
export const NAMED_PATHS: readonly string[] = [...Object.keys(USUAL), ...Object.keys(RARE)];

/** Sample values of the attributes for the object of that name. */
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
      // Both are exact in binary: no server has a reason to give back another number.
      return 7.25 + revision;
    case 'dateTime':
      return second ? '2026-10-25T17:45:00Z' : '2026-03-01T09:30:00Z';
  }
}

function toText({ path, canonicalValues }: SampleAttribute, name: string, second: boolean): string {
  const canonical = canonicalValues[second ? canonicalValues.length - 1 : 0];
  if (canonical !== undefined) return canonical;
  const invent = USUAL[path] ?? RARE[path];
  return invent ? invent(name, second) : `${path.split(/[:.]/).at(-1) ?? path} of ${name}${second ? ', second' : ''}`;
}

function toTimeZone(name: string, second: boolean): string {
  const first = new Random(name).below(TIME_ZONES.length);
  return TIME_ZONES[(first + (second ? 1 : 0)) % TIME_ZONES.length] ?? TIME_ZONES[0];
}

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** True for what was sent, letter by letter; a dateTime may be written otherwise when it is the same instant. */
export function isSameValue(sent: string | number | boolean, stored: Json | undefined): boolean {
  if (typeof sent !== 'string' || typeof stored !== 'string' || !DATE_TIME.test(sent)) return sent === stored;
  return Date.parse(sent) === Date.parse(stored);
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
