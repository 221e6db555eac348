import { createHash } from 'node:crypto';
import type { Json } from '../client/json.js';
import type { Values } from '../client/resource-body.js';
import { ATTRIBUTES, sourceOf, type Person } from './entra-attributes.js';
import { isReference, type MappingRow, type Profile } from './profile.js';
import { Random } from './random.js';

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
/** Without quotes: Entra fails to look up objects whose matching values contain them. */
const TEAMS = ['Field Sales', 'Équipe Paris', '開発部', 'R&D Nord', 'Gäste'] as const;

/** Generates the fictitious users and groups of a run. The same seed yields the same ones. */
export class Personas {
  /** The start of every name that the run creates. */
  readonly namePrefix: string;
  /** The first of the unique numbers: a range that differs between seeds, fits into 32 bits and is not used by real people. */
  readonly #firstNumber: number;

  constructor(
    readonly profile: Profile,
    readonly seed: string,
  ) {
    this.namePrefix = `rehearsal-${toNamePart(seed)}`;
    this.#firstNumber = 1_000_000_000 + new Random(`${seed} numbers`).below(1_000) * 1_000_000;
  }

  /**
   * The values of user number n, for every row of the profile except references.
   *
   * @param revision 1 for the original values; another number for changed ones, including `userName` and matching attributes
   */
  user(n: number, revision = 1): Values {
    const { users } = this.profile;
    const person = this.#person(n, revision);
    return toValues(users, (row) => {
      const attribute = row.type === 'Number' || row.type === 'Array' ? undefined : ATTRIBUTES[sourceOf(row)];
      if (attribute) return attribute(person);
      const isUnique = row.type === 'Number' && row.matching !== undefined;
      return isUnique ? this.#firstNumber + n * 10 + revision : inventValue(row, n, revision);
    });
  }

  /** The values of group number n, for every row of the profile except the members. */
  group(n: number, revision = 1): Values {
    const { groups } = this.profile;
    return toValues(groups, (row) => {
      const source = sourceOf(row);
      if (source === 'displayName') {
        return `${this.namePrefix} ${TEAMS[n % TEAMS.length] ?? ''} ${n}${revision === 1 ? '' : ` (${revision})`}`;
      }
      if (source === 'objectId') return new Random(`${this.seed} group ${n} ${revision}`).uuid();
      return `${this.namePrefix} ${row.path.split(':').at(-1) ?? ''} ${n}.${revision}`;
    });
  }

  #person(n: number, revision: number): Person {
    // Independent of the revision: the person stays the same while the numbered parts change.
    const random = new Random(`${this.seed} user ${n}`);
    const suffix = revision === 1 ? '' : `, ${revision}`;
    return {
      n,
      revision,
      seed: this.seed,
      given: random.pick(GIVEN_NAMES),
      family: `${random.pick(FAMILY_NAMES)} (rehearsal ${n}${suffix})`,
      city: CITIES[(random.below(CITIES.length) + revision) % CITIES.length] ?? CITIES[0],
      account: `${this.namePrefix}-${n}${revision === 1 ? '' : `-r${revision}`}`,
    };
  }
}

/**
 * The letters and digits of a seed. If the seed contains anything else, a point and a hash of the whole seed follow, so that no
 * two seeds share a name prefix and none is the start of another.
 */
function toNamePart(seed: string): string {
  const letters = seed.toLowerCase().replaceAll(/[^a-z0-9]+/g, '');
  if (letters === seed && seed !== '') return seed;
  return `${letters === '' ? 'seed' : letters}.${createHash('sha256').update(seed).digest('hex').slice(0, 8)}`;
}

function toValues(rows: readonly MappingRow[], invent: (row: MappingRow) => Json): Values {
  const written = rows.filter((row) => !isReference(row));
  return Object.fromEntries(written.map((row) => [row.path, row.constant ?? invent(row)]));
}

/** The value of an attribute whose source in Entra is unknown. */
function inventValue({ path, type }: MappingRow, n: number, revision: number): Json {
  if (type === 'Boolean') return (n + revision) % 2 === 0;
  if (type === 'Number') return n * 10 + revision;
  const text = `${path.split(/[:.[]/).at(-1) ?? path} ${n}.${revision}`;
  // Two elements, so that the loss of one is noticed.
  return type === 'Array' ? [text, `${text} b`] : text;
}
