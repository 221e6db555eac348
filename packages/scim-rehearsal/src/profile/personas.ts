import { createHash } from 'node:crypto';
import type { Json } from '../client/json.js';
import { isReference, type MappingRow, type Profile } from './profile.js';
import { Random } from './random.js';

/** Values under the target paths of a mapping: what Entra writes into one object. */
export type Values = Readonly<Record<string, Json>>;

/** Nobody's domain (RFC 2606): no message ever arrives there. */
const DOMAIN = 'rehearsal.example';

const GIVEN_NAMES = [
  'Zoë',
  'Émile',
  'Łukasz',
  'Søren',
  'Þóra',
  '明子',
  'Ольга',
  'Müge',
  "D'Arcy",
  'Ana María',
  'Kim',
] as const;
const FAMILY_NAMES = ['Moss', 'Großmann', "O'Neill", 'de la Cruz', '山田', 'Петрова', 'Ångström', 'Çelik'] as const;
const CITIES = ['Köln', 'Málaga', 'Łódź', '札幌市', 'Reykjavík', 'St. John’s'] as const;
const LANGUAGES = ['de-DE', 'fr-FR', 'ja-JP', 'en-GB', 'pl-PL'] as const;
const TIME_ZONES = ['Europe/Berlin', 'Asia/Tokyo', 'America/St_Johns', 'Africa/Abidjan'] as const;
const COUNTRIES = ['DE', 'ES', 'PL', 'IS'] as const;
/** Without quotes: Entra itself fails to look up what it matches by when it holds such characters. */
const TEAMS = ['Field Sales', 'Équipe Paris', '開発部', 'R&D Nord', 'Gäste'] as const;

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** Entra's attribute that is mapped to a target by default. */
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
  [`${ENTERPRISE}:employeeNumber`]: 'employeeId',
  [`${ENTERPRISE}:department`]: 'department',
  [`${ENTERPRISE}:organization`]: 'companyName',
};

/** Invents the people and groups of one rehearsal: the same ones for the same seed, and plainly invented. */
export class Personas {
  /** Stands at the beginning of every name that the rehearsal makes. */
  readonly namePrefix: string;
  /** Where its numbers begin: far from those that real people have, in what 32 bits hold, and apart from other seeds'. */
  readonly #numbers: number;

  constructor(
    readonly profile: Profile,
    readonly seed: string,
  ) {
    this.namePrefix = `rehearsal-${toMark(seed)}`;
    this.#numbers = 1_000_000_000 + new Random(`${seed} numbers`).below(1_000) * 1_000_000;
  }

  /**
   * Person number n with a value for every row but references.
   *
   * @param revision 1 at first; another one has other values, `userName` and matching ones included
   */
  user(n: number, revision = 1): Values {
    const { users } = this.profile;
    const person = this.#person(n, revision);
    return toValues(users, (row) => {
      const attribute = row.type === 'Number' || row.type === 'Array' ? undefined : ATTRIBUTES[toSource(row)];
      if (attribute) return attribute(person);
      const isUnique = row.type === 'Number' && row.matching !== undefined;
      return isUnique ? this.#numbers + n * 10 + revision : inventValue(row, n, revision);
    });
  }

  /** Group number n with a value for every row but its members. */
  group(n: number, revision = 1): Values {
    const { groups } = this.profile;
    return toValues(groups, (row) => {
      const source = toSource(row);
      if (source === 'displayName') {
        return `${this.namePrefix} ${TEAMS[n % TEAMS.length] ?? ''} ${n}${revision === 1 ? '' : ` (${revision})`}`;
      }
      if (source === 'objectId') return new Random(`${this.seed} group ${n} ${revision}`).uuid();
      return `${this.namePrefix} ${row.path.split(':').at(-1) ?? ''} ${n}.${revision}`;
    });
  }

  #person(n: number, revision: number): Person {
    // The person stays the same in every revision, but for what follows from its number.
    const random = new Random(`${this.seed} user ${n}`);
    const again = revision === 1 ? '' : `, ${revision}`;
    return {
      n,
      revision,
      seed: this.seed,
      given: random.pick(GIVEN_NAMES),
      family: `${random.pick(FAMILY_NAMES)} (rehearsal ${n}${again})`,
      city: CITIES[(random.below(CITIES.length) + revision) % CITIES.length] ?? CITIES[0],
      account: `${this.namePrefix}-${n}${revision === 1 ? '' : `-r${revision}`}`,
    };
  }
}

/**
 * The letters and digits of a seed. Where that is not all of it, a hash of the whole follows, so that no two seeds share a mark,
 * and after a point, which no letters and digits hold, so that no mark is the beginning of another.
 */
function toMark(seed: string): string {
  const letters = seed.toLowerCase().replaceAll(/[^a-z0-9]+/g, '');
  if (letters === seed && seed !== '') return seed;
  return `${letters === '' ? 'seed' : letters}.${createHash('sha256').update(seed).digest('hex').slice(0, 8)}`;
}

/** A person, before a mapping decides what of it is written where. */
interface Person {
  readonly n: number;
  readonly revision: number;
  readonly account: string;
  readonly given: string;
  readonly family: string;
  readonly city: string;
  readonly seed: string;
}

/** Entra's attributes of a person, by their names there. */
const ATTRIBUTES: Readonly<Record<string, (person: Person) => Json>> = {
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
  preferredLanguage: (person) => inTurn(LANGUAGES, person),
  timeZone: (person) => inTurn(TIME_ZONES, person),
  telephoneNumber: ({ n, revision }) => `+49 (0)221 555-1${n}${revision} x 7`,
  mobile: ({ n, revision }) => `+49 (0)171 555-2${n}${revision}`,
  facsimileTelephoneNumber: ({ n, revision }) => `+49 (0)221 555-3${n}${revision}`,
  physicalDeliveryOfficeName: ({ n, revision, city }) => `${n} Straße ${revision}\n50667 ${city}`,
  streetAddress: ({ n, revision }) => `${n} Straße ${revision}`,
  city: ({ city }) => city,
  state: ({ n, revision }) => `Région №${n}.${revision}`,
  postalCode: ({ n, revision }) => `0${n}00${revision}`,
  country: (person) => inTurn(COUNTRIES, person),
  employeeId: ({ n, revision }) => `0000${n}-${revision}`,
  department: ({ n, revision }) => `Vertrieb «${n % 4}» ${revision}`,
  companyName: ({ revision }) => `Fabrikam & Töchter <${revision}>`,
};

/** The attributes that they have, by Entra's names. */
export const ENTRA_ATTRIBUTES: readonly string[] = Object.keys(ATTRIBUTES);

function toSource({ source, path }: MappingRow): string {
  return source ?? DEFAULT_SOURCES[path] ?? '';
}

function toValues(rows: readonly MappingRow[], invent: (row: MappingRow) => Json): Values {
  const written = rows.filter((row) => !isReference(row));
  return Object.fromEntries(written.map((row) => [row.path, row.constant ?? invent(row)]));
}

function inTurn(list: readonly [string, ...string[]], { n, revision }: Person): string {
  return list[(n + revision) % list.length] ?? list[0];
}

/** What an attribute has of which nothing is known but its target. */
function inventValue({ path, type }: MappingRow, n: number, revision: number): Json {
  if (type === 'Boolean') return (n + revision) % 2 === 0;
  if (type === 'Number') return n * 10 + revision;
  const text = `${path.split(/[:.[]/).at(-1) ?? path} ${n}.${revision}`;
  // Two of them, so that a lost one is seen.
  return type === 'Array' ? [text, `${text} b`] : text;
}
