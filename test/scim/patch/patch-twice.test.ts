import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DomainError } from '../../../src/domain/kernel/errors.js';
import type { JsonObject, JsonValue } from '../../../src/domain/kernel/json.js';
import { applyOperations } from '../../../src/domain/attributes/attribute-operation.js';
import { parseAttributes, type Attributes } from '../../../src/domain/attributes/attributes.js';
import { ScimError } from '../../../src/scim/protocol/errors.js';
import { normalizeResource } from '../../../src/scim/provider/entra.js';
import { parsePatch } from '../../../src/scim/patch/parse-patch.js';
import { bodiesOf, RANDOM_TYPES, topics, type RandomType } from '../../support/random-resources.js';
import { createWorld, plansOf, type World } from '../../support/random-world.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { inDefaultDialect, inRfcDialect, operationsOf, type RandomOperation } from './random-operations.js';

const RUNS = 500;
const SERVED_RUNS = 10;
const TYPES = ['user', 'group', 'device'] as const satisfies readonly RandomType[];

/** A resource and operations on different attributes, so that none reverts another. */
const cases = fc.tuple(topics, fc.constantFrom(...TYPES)).chain(([topic, type]) =>
  fc.record({
    type: fc.constant(type),
    body: bodiesOf(RANDOM_TYPES[type], topic),
    operations: fc.uniqueArray(operationsOf(RANDOM_TYPES[type], topic), {
      minLength: 1,
      maxLength: 3,
      selector: ({ about }) => about,
    }),
  }),
);

const dialects = [
  ['in the dialect of the RFC', inRfcDialect],
  ['in Entra’s default dialect', inDefaultDialect],
] as const;

/** Applies a PATCH. Returns the resulting attributes, or the code of the error. */
function patch(type: RandomType, before: Attributes, operations: readonly JsonValue[]): Attributes | string {
  const schema = RANDOM_TYPES[type];
  try {
    return applyOperations(before, parsePatch({ Operations: operations }, schema), schema.core.urn);
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    if (error instanceof ScimError && error.status === 400) return error.scimType ?? '';
    throw error;
  }
}

function attributesOf(type: RandomType, body: JsonObject): Attributes {
  return parseAttributes(RANDOM_TYPES[type], normalizeResource(body, RANDOM_TYPES[type]));
}

/** Returns whether a value contains an empty value, which `toEqual` would ignore. */
function containsEmpty(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (typeof value !== 'object') return false;
  const inside = Object.values<JsonValue>(value);
  return inside.length === 0 || inside.some(containsEmpty);
}

/** Returns the operations on single attributes, or one operation on the whole resource. */
function independent(operations: readonly RandomOperation[]): readonly RandomOperation[] {
  const separate = operations.filter(({ about }) => about !== undefined);
  return separate.length > 0 ? separate : operations.slice(0, 1);
}

describe.each(dialects)('a PATCH %s', (_name, write) => {
  test('has the same result when it is applied twice', () => {
    const seen = { changed: 0, unchanged: 0, refused: 0 };
    fc.assert(
      fc.property(cases, ({ type, body, operations }) => {
        const before = attributesOf(type, body);
        const sent = independent(operations).map(write);
        const once = patch(type, before, sent);
        if (typeof once === 'string') {
          expect(patch(type, before, sent)).toBe(once);
          seen.refused++;
          return;
        }
        expect(patch(type, once, sent)).toEqual(once);
        expect(Object.values(once).filter(containsEmpty)).toEqual([]);
        seen[JSON.stringify(once) === JSON.stringify(before) ? 'unchanged' : 'changed']++;
      }),
      { numRuns: RUNS },
    );
    // Few operations are rejected, in Entra's dialect sometimes none.
    expect(Math.min(seen.changed, seen.unchanged)).toBeGreaterThan(0);
  });
});

test('both dialects of a PATCH have the same result', () => {
  fc.assert(
    fc.property(cases, ({ type, body, operations }) => {
      const before = attributesOf(type, body);
      const byRfc = patch(type, before, operations.map(inRfcDialect));
      // Only Entra's `Replace` creates a missing element.
      if (byRfc === 'NO_TARGET') return;
      expect(patch(type, before, operations.map(inDefaultDialect))).toEqual(byRfc);
    }),
    { numRuns: RUNS },
  );
});

describe('over HTTP', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  const runs = topics.chain((topic) =>
    fc.record({
      plan: plansOf(topic),
      operations: fc.record({
        user: fc.array(operationsOf(RANDOM_TYPES.user, topic), { minLength: 1, maxLength: 8, size: 'max' }),
        group: fc.array(operationsOf(RANDOM_TYPES.group, topic), { minLength: 1, maxLength: 5, size: 'max' }),
        device: fc.array(operationsOf(RANDOM_TYPES.device, topic), { minLength: 1, maxLength: 6, size: 'max' }),
      }),
      references: fc.array(
        fc.record({ op: fc.constantFrom('add', 'replace', 'remove'), from: fc.nat(8), to: fc.nat(8) }),
        { maxLength: 5 },
      ),
      isDefault: fc.boolean(),
    }),
  );

  async function sequenceOf({ directory }: World): Promise<string> {
    const statement = 'select sequence from directory_counters where directory_id = $1';
    const { rows } = await server.database.pool.query<{ sequence: string }>(statement, [directory.id]);
    return rows[0]!.sequence;
  }

  /** Sends a PATCH twice, and expects that the second one changes nothing and writes no event. */
  async function expectOnce(world: World, path: string, sent: JsonObject): Promise<void> {
    const first = await world.scim.patch(path, sent);
    expect({ sent, status: first.status, body: first.body }).not.toMatchObject({ status: 500 });
    const before = [(await world.scim.get(path)).body, await sequenceOf(world)];
    const second = await world.scim.patch(path, sent);
    const after = [(await world.scim.get(path)).body, await sequenceOf(world)];
    expect({ sent, after }).toEqual({ sent, after: before });
    expect({ sent, status: second.status }).toEqual({ sent, status: first.status });
  }

  test('the second of two identical PATCH requests changes nothing and writes no event', async () => {
    await fc.assert(
      fc.asyncProperty(runs, async ({ plan, operations, references, isDefault }) => {
        const world = await createWorld(server, plan);
        const write = isDefault ? inDefaultDialect : inRfcDialect;
        for (const type of TYPES) {
          for (const [place, { answer }] of world.created[type].entries()) {
            const operation = operations[type][place % operations[type].length]!;
            const path = `${RANDOM_TYPES[type].endpoint}/${answer.id}`;
            await expectOnce(world, path, write(operation));
          }
        }
        const { user, group } = world.created;
        for (const { op, from, to } of references) {
          const value = user[to % Math.max(1, user.length)]?.answer.id as string | undefined;
          if (value === undefined) continue;
          const boss = op === 'remove' ? { op, path: 'manager' } : { op, path: 'manager', value };
          await expectOnce(world, `/Users/${user[from % user.length]!.answer.id}`, write(boss));
          const team = group[from % Math.max(1, group.length)];
          if (team)
            await expectOnce(world, `/Groups/${team.answer.id}`, write({ op, path: 'members', value: [{ value }] }));
        }
      }),
      { numRuns: SERVED_RUNS, interruptAfterTimeLimit: 90_000 },
    );
  });
});
