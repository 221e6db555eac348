import type { Mapping, Values } from '../support/entra-client.js';

/*
 * Fictitious people and groups, the same on every run, with names in many scripts, decomposed accents, line breaks, quotes
 * and formatting that a server might normalize.
 */

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
  'Zoe\u0308',
  'Nguyễn',
  'יעל',
  'Kim',
  'İpek',
];
const FAMILY_NAMES = [
  'Moss',
  'Großmann',
  "O'Neill",
  'de la Cruz',
  '山田',
  'Петрова',
  'Ångström',
  'Nuñez-Íñigo',
  'Çelik',
  'van ’t Hof',
];
const CITIES = ['Köln', 'Málaga', 'Łódź', '札幌市', 'Reykjavík', 'St. John’s'];
const LANGUAGES = ['de-DE', 'fr-FR', 'ja', 'en-GB;q=0.8, en;q=0.7', 'pl-PL'];
const TIME_ZONES = ['Europe/Berlin', 'Asia/Tokyo', 'America/St_Johns', 'Africa/Abidjan'];
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

function pick(list: readonly string[], n: number): string {
  return list[n % list.length]!;
}

const given = (n: number) => pick(GIVEN_NAMES, n);
const family = (n: number, revision: number) =>
  pick(FAMILY_NAMES, n) + (revision === 1 ? '' : `-${pick(FAMILY_NAMES, n + revision)}`);
const address = (n: number, revision: number) => `person${n}${revision === 1 ? '' : `.r${revision}`}@fabrikam.example`;

/** Functions that return a value for a path of a mapping table, depending on the person and the revision. */
const VALUES: Readonly<Record<string, (n: number, revision: number) => string | boolean>> = {
  userName: (n, r) => address(n, r),
  active: () => true,
  displayName: (n, r) => `${given(n)} ${family(n, r)} 🙂`,
  title: (n, r) => `Ingénieur "${n}" \\ Stufe ${r}`,
  nickName: (n, r) => `${given(n).slice(0, 2)} ${r}`,
  userType: (n, r) => (n % 2 === 0 ? `Employee ${r}` : `Contractor ${r}`),
  preferredLanguage: (n, r) => pick(LANGUAGES, n + r),
  locale: (n, r) => pick(['de-DE', 'pt-BR', 'ja-JP'], n + r),
  timezone: (n, r) => pick(TIME_ZONES, n + r),
  externalId: (n, r) => `Person-${n}/${r}`,
  'name.givenName': (n, r) => (r === 1 ? given(n) : `${given(n)} ${r}.`),
  'name.familyName': (n, r) => family(n, r),
  'name.formatted': (n, r) => `Dr. ${given(n)} ${family(n, r)}, Ph.D.`,
  'name.honorificPrefix': (_n, r) => (r === 1 ? 'Dr.' : 'Prof. Dr.'),
  'name.honorificSuffix': (_n, r) => `Ph.D. ${r}`,
  'emails[type eq "work"].value': (n, r) => address(n, r).replace('person', 'Person'),
  'phoneNumbers[type eq "work"].value': (n, r) => `+49 (0)221 555-01${n}${r} x 7`,
  'addresses[type eq "work"].formatted': (n, r) => `${n} Straße ${r}\n50667 ${pick(CITIES, n)}\n\tDeutschland`,
  'addresses[type eq "work"].streetAddress': (n, r) => ` ${n} Straße ${r} `,
  'addresses[type eq "work"].locality': (n, r) => pick(CITIES, n + r),
  'addresses[type eq "work"].region': (n, r) => `Région №${n + r}`,
  'addresses[type eq "work"].postalCode': (n, r) => `0${n}00${r}`,
  'addresses[type eq "work"].country': (n, r) => pick(['DE', 'ES', 'PL'], n + r),
  [`${ENTERPRISE}:employeeNumber`]: (n, r) => `0000${n}-${r}`,
  [`${ENTERPRISE}:costCenter`]: (n, r) => `CC ${n}.${r}`,
  [`${ENTERPRISE}:organization`]: (_n, r) => `Fabrikam & Töchter <${r}>`,
  [`${ENTERPRISE}:division`]: (n, r) => `Bereich ${n}/${r}`,
  [`${ENTERPRISE}:department`]: (n, r) => `Vertrieb «${n % 4}» ${r}`,
};

/** Returns person n with a value for every attribute of the mapping; each revision has different values. */
export function inventUser({ users }: Mapping, n: number, revision = 1): Values {
  return Object.fromEntries(
    users.map(({ path }) => {
      const invent = VALUES[path];
      if (!invent) throw new Error(`There is no test value for ${path}`);
      return [path, invent(n, revision)];
    }),
  );
}

const GROUP_NAMES = ['Field Sales', 'Équipe Paris', '開発部', 'R&D "Nord" \\ Süd', 'Gäste'];

/** Returns group n with all attributes of the mapping except its members. */
export function inventGroup({ groups }: Mapping, n: number, revision = 1): Values {
  const name = pick(GROUP_NAMES, n) + (revision === 1 ? '' : ` ${revision}`);
  const values: Record<string, string> = { displayName: name, externalId: `group-${n}-${revision}` };
  return Object.fromEntries(groups.flatMap(({ path }) => (path === 'members' ? [] : [[path, values[path]!] as const])));
}
