import { createHash } from 'node:crypto';

/** An invented user, with its attributes in the form of SCIM. */
export interface Person {
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** An invented group. Its members precede it in the list of objects to create. */
export interface Team {
  readonly id: string;
  readonly displayName: string;
  readonly memberIds: readonly string[];
}

/** The people and groups of one company. */
export interface Company {
  readonly people: readonly Person[];
  readonly teams: readonly Team[];
}

const GIVEN_NAMES = [
  'Ada',
  'Ben',
  'Chloé',
  'Dmitri',
  'Émile',
  'Fatma',
  'Greta',
  'Hiro',
  'Ines',
  'Jón',
  'Kim',
  'Łukasz',
];
const MORE_GIVEN_NAMES = [
  'María',
  'Noor',
  'Olga',
  'Priya',
  'Quentin',
  'Rosa',
  'Søren',
  'Tomás',
  'Uma',
  'Víctor',
  'Zoë',
];
const FAMILY_NAMES = ['Ångström', 'Bauer', 'Çelik', 'Duarte', 'Evans', 'Fischer', 'García', 'Haddad', 'Ito', 'Jansen'];
const MORE_FAMILY_NAMES = [
  'Kowalski',
  'Lindqvist',
  'Moss',
  'Novák',
  "O'Neill",
  'Petrov',
  'Quist',
  'Rossi',
  'Silva',
  'Tanaka',
];
const DEPARTMENTS = [
  'Accounting',
  'Customer Service',
  'Design',
  'Engineering',
  'Facilities',
  'Human Resources',
  'Information Security',
  'Legal',
  'Marketing',
  'Operations',
  'Research',
  'Sales',
] as const;
const OFFICES = [
  { city: 'Berlin', country: 'DE', language: 'de-DE', timezone: 'Europe/Berlin' },
  { city: 'Gdańsk', country: 'PL', language: 'pl-PL', timezone: 'Europe/Warsaw' },
  { city: 'Kyoto', country: 'JP', language: 'ja-JP', timezone: 'Asia/Tokyo' },
  { city: 'Leeds', country: 'GB', language: 'en-GB', timezone: 'Europe/London' },
  { city: 'Málaga', country: 'ES', language: 'es-ES', timezone: 'Europe/Madrid' },
] as const;
const PROJECTS = 20;
/** The number of people who report to a team lead. */
const TEAM_SIZE = 8;
/** The reciprocal of the share of people who have left and are disabled. */
const LEAVERS = 19;

const ENTERPRISE_URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/**
 * Invents a company: one person leads it, each department has a head and team leads, and there are groups for
 * departments, offices, managers and projects.
 *
 * @param seed a DNS label; the same seed yields the same people with the same ids on every machine
 * @param size the number of people, at least 1; a larger company begins with the people of a smaller one
 */
export function inventCompany(seed: string, size: number): Company {
  const ids = Array.from({ length: size }, (_, n) => toId(seed, 'person', n));
  const people = ids.map((id, n) => inventPerson(seed, n, id, ids[managerOf(n) ?? -1]));

  const idsWhere = (matches: (n: number) => boolean): string[] => ids.filter((_, n) => matches(n));
  const managers = new Set(ids.map((_, n) => managerOf(n)));
  const isInProject = (n: number, project: number): boolean => pseudorandom(seed, `${n} in ${project}`) % 40 === 0;
  const departments = DEPARTMENTS.map((name, index) => ({
    name,
    id: toId(seed, 'department', index),
    memberIds: idsWhere((n) => n > 0 && departmentOf(n) === name),
  }));
  const teams: Team[] = [
    { id: toId(seed, 'all', 0), displayName: 'All staff', memberIds: ids },
    { id: toId(seed, 'managers', 0), displayName: 'Managers', memberIds: idsWhere((n) => managers.has(n)) },
    ...departments.map(({ id, name, memberIds }) => ({ id, displayName: name, memberIds })),
    // A group of groups.
    { id: toId(seed, 'departments', 0), displayName: 'Departments', memberIds: departments.map(({ id }) => id) },
    ...OFFICES.map(({ city }, index) => ({
      id: toId(seed, 'office', index),
      displayName: `Office ${city}`,
      memberIds: idsWhere((n) => officeOf(seed, n).city === city),
    })),
    ...Array.from({ length: PROJECTS }, (_, project) => ({
      id: toId(seed, 'project', project),
      displayName: `Project ${project + 1}`,
      memberIds: idsWhere((n) => isInProject(n, project)),
    })),
  ];
  return { people, teams };
}

function inventPerson(seed: string, n: number, id: string, managerId: string | undefined): Person {
  const given = pick([...GIVEN_NAMES, ...MORE_GIVEN_NAMES], pseudorandom(seed, `given ${n}`));
  const family = pick([...FAMILY_NAMES, ...MORE_FAMILY_NAMES], pseudorandom(seed, `family ${n}`));
  const userName = `${toAscii(given)}.${toAscii(family)}.${n}@${seed}.example`;
  const { city, country, language, timezone } = officeOf(seed, n);
  return {
    id,
    attributes: {
      userName,
      externalId: toId(seed, 'external', n),
      active: n % LEAVERS !== LEAVERS - 1,
      displayName: `${given} ${family}`,
      name: { givenName: given, familyName: family, formatted: `${given} ${family}` },
      title: titleOf(n),
      preferredLanguage: language,
      timezone,
      emails: [{ type: 'work', primary: true, value: userName }],
      phoneNumbers: [{ type: 'work', value: `+99 555 ${String(n).padStart(5, '0')}` }],
      addresses: [{ type: 'work', locality: city, country }],
      [ENTERPRISE_URN]: {
        employeeNumber: String(10_000 + n),
        costCenter: String(100 + (n % 7)),
        organization: `Example Company (${seed})`,
        ...(n > 0 && { department: departmentOf(n) }),
        ...(managerId !== undefined && { manager: { value: managerId } }),
      },
    },
  };
}

/**
 * Returns the department of a person. Number 0 leads the company; the others are distributed over the departments in
 * turn.
 */
function departmentOf(n: number): string {
  return pick(DEPARTMENTS, n - 1);
}

/** Returns the position in the department: 0 for its head, followed by teams, each beginning with its lead. */
function positionOf(n: number): number {
  return Math.floor((n - 1) / DEPARTMENTS.length);
}

/** Returns the number of positions after the team lead; 0 for the lead. */
function positionAfterLead(n: number): number {
  return (positionOf(n) - 1) % (TEAM_SIZE + 1);
}

/** Returns the number of a person's manager, which is always lower. */
function managerOf(n: number): number | undefined {
  if (n === 0) return undefined;
  if (positionOf(n) === 0) return 0;
  const offset = positionAfterLead(n);
  return offset === 0 ? n - positionOf(n) * DEPARTMENTS.length : n - offset * DEPARTMENTS.length;
}

function titleOf(n: number): string {
  if (n === 0) return 'Managing Director';
  if (positionOf(n) === 0) return `Head of ${departmentOf(n)}`;
  return positionAfterLead(n) === 0 ? 'Team Lead' : 'Specialist';
}

function officeOf(seed: string, n: number): (typeof OFFICES)[number] {
  return pick(OFFICES, pseudorandom(seed, `office ${n}`));
}

/** Returns the id of an object, in the form of a UUIDv7, so that ids sort by number, as those of users do. */
function toId(seed: string, kind: string, n: number): string {
  const random = digest(seed, `${kind} ${n}`).toString('hex');
  const time = (Date.UTC(2026, 0) + n).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}

/** Returns a pseudorandom number that depends only on its arguments. */
function pseudorandom(seed: string, what: string): number {
  return digest(seed, what).readUInt32BE();
}

function digest(seed: string, what: string): Buffer {
  return createHash('sha256').update(`${seed} ${what}`).digest();
}

function pick<T>(list: readonly T[], n: number): T {
  return list[n % list.length] as T;
}

/** Converts a name to lower case, without accents and punctuation. */
function toAscii(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('ł', 'l')
    .replaceAll('ø', 'o')
    .normalize('NFD')
    .replaceAll(/[^a-z]/g, '');
}
