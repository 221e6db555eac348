import type { Json } from '../client/json.js';
import { ENTERPRISE_URN } from '../client/urns.js';
import type { MappingRow } from './profile.js';
import { Random } from './random.js';

/** A fictitious person, before a mapping determines which attribute receives which value. */
export interface Person {
  readonly n: number;
  /** 1 for the original values; another number for changed ones. */
  readonly revision: number;
  readonly account: string;
  readonly given: string;
  readonly family: string;
  readonly city: string;
  readonly seed: string;
}

/** A reserved domain (RFC 2606): messages to it are never delivered. */
const DOMAIN = 'rehearsal.example';

const LANGUAGES = ['de-DE', 'fr-FR', 'ja-JP', 'en-GB', 'pl-PL'] as const;
const TIME_ZONES = ['Europe/Berlin', 'Asia/Tokyo', 'America/St_Johns', 'Africa/Abidjan'] as const;
const COUNTRIES = ['DE', 'ES', 'PL', 'IS'] as const;

/** The attribute in Entra that is mapped to each target by default. */
const DEFAULT_SOURCES: Readonly<Record<string, string>> = {
  userName: 'userPrincipalName',
  active: 'accountEnabled',
  displayName: 'displayName',
  title: 'jobTitle',
  nickName: 'mailNickname',
  externalId: 'objectId',
  preferredLanguage: 'preferredLanguage',
  locale: 'preferredLanguage',
  timezone: 'timeZone',
  'name.givenName': 'givenName',
  'name.familyName': 'surname',
  'name.formatted': 'fullName',
  'name.honorificPrefix': 'honorificPrefix',
  'name.honorificSuffix': 'honorificSuffix',
  'emails[type eq "work"].value': 'mail',
  'emails[type eq "home"].value': 'otherMail',
  'emails[type eq "other"].value': 'thirdMail',
  'phoneNumbers[type eq "work"].value': 'telephoneNumber',
  'phoneNumbers[type eq "mobile"].value': 'mobile',
  'phoneNumbers[type eq "fax"].value': 'facsimileTelephoneNumber',
  'addresses[type eq "work"].formatted': 'physicalDeliveryOfficeName',
  'addresses[type eq "work"].streetAddress': 'streetAddress',
  'addresses[type eq "work"].locality': 'city',
  'addresses[type eq "work"].region': 'state',
  'addresses[type eq "work"].postalCode': 'postalCode',
  'addresses[type eq "work"].country': 'country',
  [`${ENTERPRISE_URN}:employeeNumber`]: 'employeeId',
  [`${ENTERPRISE_URN}:department`]: 'department',
  [`${ENTERPRISE_URN}:organization`]: 'companyName',
};

/** The values of a person's attributes, by their names in Entra. */
export const ATTRIBUTES: Readonly<Record<string, (person: Person) => Json>> = {
  userPrincipalName: ({ account }) => `${account}@${DOMAIN}`,
  mail: ({ account }) => `Mail.${account}@${DOMAIN}`,
  otherMail: ({ account }) => `Home.${account}@${DOMAIN}`,
  thirdMail: ({ account }) => `Other.${account}@${DOMAIN}`,
  accountEnabled: () => true,
  objectId: ({ seed, n, revision }) => new Random(`${seed} user ${n} ${revision}`).uuid(),
  displayName: ({ given, family }) => `${given} ${family}`,
  givenName: ({ given, revision }) => (revision === 1 ? given : `${given} ${revision}.`),
  surname: ({ family }) => family,
  fullName: ({ given, family }) => `Dr. ${given} ${family}, Ph.D.`,
  honorificPrefix: ({ revision }) => (revision === 1 ? 'Dr.' : `Prof. ${revision}. Dr.`),
  honorificSuffix: ({ revision }) => `Ph.D. ${revision}`,
  mailNickname: ({ given, n, revision }) => `${given.slice(0, 2)} ${n}.${revision}`,
  jobTitle: ({ n, revision }) => `Ingénieur "${n}" \\ Stufe ${revision}`,
  preferredLanguage: (person) => cycle(LANGUAGES, person),
  timeZone: (person) => cycle(TIME_ZONES, person),
  telephoneNumber: ({ n, revision }) => `+49 (0)221 555-1${n}${revision} x 7`,
  mobile: ({ n, revision }) => `+49 (0)171 555-2${n}${revision}`,
  facsimileTelephoneNumber: ({ n, revision }) => `+49 (0)221 555-3${n}${revision}`,
  physicalDeliveryOfficeName: ({ n, revision, city }) => `${n} Straße ${revision}\n50667 ${city}`,
  streetAddress: ({ n, revision }) => `${n} Straße ${revision}`,
  city: ({ city }) => city,
  state: ({ n, revision }) => `Région №${n}.${revision}`,
  postalCode: ({ n, revision }) => `0${n}00${revision}`,
  country: (person) => cycle(COUNTRIES, person),
  employeeId: ({ n, revision }) => `0000${n}-${revision}`,
  department: ({ n, revision }) => `Vertrieb «${n % 4}» ${revision}`,
  companyName: ({ revision }) => `Fabrikam & Töchter <${revision}>`,
};

/** The names of these attributes. */
export const ENTRA_ATTRIBUTES: readonly string[] = Object.keys(ATTRIBUTES);

/** The attribute in Entra that a row is mapped from; empty if it is unknown. */
export function sourceOf({ source, path }: MappingRow): string {
  return source ?? DEFAULT_SOURCES[path] ?? '';
}

function cycle(list: readonly [string, ...string[]], { n, revision }: Person): string {
  return list[(n + revision) % list.length] ?? list[0];
}
