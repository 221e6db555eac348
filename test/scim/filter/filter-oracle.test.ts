import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toElementTest } from '../../../src/domain/search/expression.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/domain/kernel/json.js';
import { ENTERPRISE_URN } from '../../../src/domain/schema/enterprise-user.js';
import { ScimError } from '../../../src/scim/protocol/errors.js';
import { parsePatchPath } from '../../../src/scim/filter/patch-path.js';
import { RANDOM_TYPES, singleValuesOf, topics, type RandomType, type Topic } from '../../support/random-resources.js';
import { createWorld, plansOf, type Created, type World } from '../../support/random-world.js';
import type { Wire } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { toFilter, toText, type FactFinder } from './draft.js';
import { isRefused, matches, matchesElement, type Filter } from './filter-oracle.js';
import { draftsOf, valuePathsOf, type Draft } from './random-filters.js';
import { vocabularyOf } from './vocabulary.js';

const RUNS = 40;
const SELECTIONS = 500;
const TYPES = ['user', 'group', 'device'] as const satisfies readonly RandomType[];

const VOCABULARIES = {
  user: vocabularyOf(RANDOM_TYPES.user),
  group: vocabularyOf(RANDOM_TYPES.group),
  device: vocabularyOf(RANDOM_TYPES.device),
};

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** The full representation of a resource (RFC 7643): the sent attributes, and those that the server or other resources set. */
interface FullResource {
  readonly type: RandomType;
  readonly id: string;
  readonly resource: JsonObject;
}

async function readFullResources({ scim, created }: World): Promise<FullResource[]> {
  const groupsOf = (id: string): JsonValue[] =>
    created.group
      .filter(({ sent }) => membersOf(sent).includes(id))
      .map(({ answer: { id: value, displayName: display, meta } }) => ({
        value,
        display,
        type: 'direct',
        $ref: meta.location,
      }));
  const all = TYPES.flatMap((type) => created[type].map((one) => ({ type, ...one })));
  const named = (id: string): JsonObject => {
    const { answer, sent } = all.find((one) => one.answer.id === id)!;
    const { displayName } = sent;
    const { resourceType, location } = answer.meta;
    return { type: resourceType, $ref: location, ...(displayName !== undefined && { display: displayName }) };
  };
  const metas = await Promise.all(
    TYPES.map(async (type) => (await scim.get(RANDOM_TYPES[type].endpoint, { attributes: 'meta', count: 200 })).body),
  );
  const meta = new Map<string, JsonObject>(
    metas.flatMap(({ Resources }) => (Resources as Wire[]).map((one) => [one.id as string, one.meta as JsonObject])),
  );
  return all.map(({ type, sent, answer }) => {
    const id = answer.id as string;
    const { core, extensions } = RANDOM_TYPES[type];
    const schemas = [core.urn, ...extensions.map(({ urn }) => urn).filter((urn) => hasValues(sent[urn]))];
    const resource: Record<string, JsonValue> = { ...sent, schemas, id, meta: meta.get(id)! };
    if (type === 'user') {
      resource['active'] = sent['active'] ?? true;
      if (groupsOf(id).length > 0) resource['groups'] = groupsOf(id);
      const enterprise = sent[ENTERPRISE_URN] as JsonObject | undefined;
      const manager = enterprise?.['manager'] as JsonObject | undefined;
      if (manager) {
        const { display, $ref } = named(manager['value'] as string);
        const shown = { ...manager, $ref: $ref!, ...(display !== undefined && { displayName: display }) };
        resource[ENTERPRISE_URN] = { ...enterprise, manager: shown };
      }
    }
    const members = membersOf(sent);
    if (members.length > 0) resource['members'] = members.map((value) => ({ value, ...named(value) }));
    return { type, id, resource };
  });
}

function membersOf(group: Created['sent']): string[] {
  return ((group['members'] ?? []) as ReadonlyArray<{ value: string }>).map(({ value }) => value);
}

function hasValues(block: JsonValue | undefined): boolean {
  return block !== undefined && Object.keys(block as JsonObject).length > 0;
}

/** Finds values for the facts of a filter among the existing resources. */
function finder(whole: readonly FullResource[]): FactFinder {
  return ({ of, nth, fact, shift, zone }) => {
    const list = whole.filter(({ type }) => type === of);
    const found = list[nth % list.length];
    if (!found) return fact === 'id' ? '0193a1b2-0000-7000-8000-000000000001' : '2026-01-31T12:00:00Z';
    if (fact === 'id') return found.id;
    const value = (found.resource['meta'] as Record<string, string>)[fact]!;
    if (fact === 'version') return value;
    if (fact === 'location') return shift < 0 ? value.slice(0, -1) : value.slice(5 * shift);
    const time = Date.parse(value) + shift;
    const offset = `${zone < 0 ? '-' : '+'}${String(Math.abs(zone)).padStart(2, '0')}:00`;
    return new Date(time + zone * 3_600_000).toISOString().replace('Z', offset);
  };
}

/** A filter for the resources of a type. It may be used on all types, as most clients do. */
interface Question {
  readonly type: RandomType;
  readonly ofAll: boolean;
  readonly draft: Draft;
  /** Whether the query is sent by POST …/.search. */
  readonly byBody: boolean;
}

function questionsOf(type: RandomType, topic: Topic): fc.Arbitrary<Question> {
  return fc.record({
    type: fc.constant(type),
    ofAll: fc.nat(6).map((one) => one === 6),
    draft: draftsOf(RANDOM_TYPES[type], topic),
    byBody: fc.boolean(),
  });
}

const runs = topics.chain((topic) =>
  fc.tuple(
    plansOf(topic),
    fc.array(fc.oneof(...TYPES.map((type) => questionsOf(type, topic))), {
      minLength: 1,
      maxLength: 100,
      size: 'max',
    }),
  ),
);

test('random filters on random data find the resources that RFC 7644 specifies', async () => {
  const seen = { found: 0, refused: 0, none: 0, all: 0 };
  await fc.assert(
    fc.asyncProperty(runs, async ([plan, questions]) => {
      const world = await createWorld(server, plan);
      const whole = await readFullResources(world);
      const find = finder(whole);
      for (const { type, ofAll, draft, byBody } of questions) {
        const endpoint = ofAll ? '' : RANDOM_TYPES[type].endpoint;
        const types = ofAll ? TYPES : [type];
        const meant = new Map(types.map((one) => [one, toFilter(draft, VOCABULARIES[one], find)]));
        const filter = toText(draft, find);
        const asked = { filter, attributes: 'id', count: 200 };
        const { status, body } = byBody
          ? await world.scim.post(`${endpoint}/.search`, asked)
          : await world.scim.get(endpoint || '/', asked);
        const question = { endpoint, filter };
        if ([...meant.values()].some(isRefused)) {
          const { scimType } = body;
          expect({ question, status, scimType }).toEqual({ question, status: 400, scimType: 'invalidFilter' });
          seen.refused++;
          continue;
        }
        expect({ question, status, detail: body.detail }).toEqual({ question, status: 200, detail: undefined });
        const asks = whole.filter((one) => types.some((each) => each === one.type));
        const passes = (one: FullResource): boolean =>
          matches(meant.get(one.type)!, one.resource, RANDOM_TYPES[one.type].core.urn);
        const found = (body.Resources as Wire[]).map(({ id }) => id as string);
        const wrong = asks.filter((one) => found.includes(one.id) !== passes(one));
        expect({ question, wrong }).toEqual({ question, wrong: [] });
        expect({ question, found: found.length, total: body.totalResults }).toEqual({
          question,
          found: asks.filter(passes).length,
          total: found.length,
        });
        seen[found.length === 0 ? 'none' : found.length === asks.length ? 'all' : 'found']++;
      }
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: 90_000 },
  );
  // The test is only meaningful with a mix of results.
  expect(Object.entries(seen).filter(([, times]) => times === 0)).toEqual([]);
});

const NOBODY = '0193a1b2-0000-7000-8000-000000000001';

const selections = fc.tuple(topics, fc.constantFrom(...TYPES)).chain(([topic, type]) =>
  valuePathsOf(RANDOM_TYPES[type], topic).chain((draft) => {
    const attribute = VOCABULARIES[type].get(draft.named.text.toLowerCase())!.attribute;
    return fc.record({
      type: fc.constant(type),
      draft: fc.constant(draft),
      elements: fc.array(singleValuesOf(attribute, topic), { maxLength: 6, size: 'max' }),
    });
  }),
);

test('a value path of PATCH selects the elements that it matches in a filter', () => {
  let selected = 0;
  fc.assert(
    fc.property(selections, ({ type, draft: { then: _behind, ...draft }, elements }) => {
      const meant = toFilter(draft, VOCABULARIES[type], () => NOBODY);
      if (meant.kind !== 'element') throw new Error('A value path became another filter');
      const text = toText(draft, () => NOBODY);
      if (isRefused(meant) || namesUnknown(meant.where)) {
        expect(() => parsePatchPath(text, RANDOM_TYPES[type])).toThrow(ScimError);
        return;
      }
      const test = toElementTest(parsePatchPath(text, RANDOM_TYPES[type]).where!, { left: Infinity });
      for (const element of elements) {
        const fields = isJsonObject(element) ? element : { value: element };
        const passes = matchesElement(meant.where, element);
        expect({ text, element, selected: test({ fields, folded: new Map() }) }).toEqual({
          text,
          element,
          selected: passes,
        });
        if (passes) selected++;
      }
    }),
    { numRuns: SELECTIONS },
  );
  expect(selected).toBeGreaterThan(0);
});

/** Returns whether a filter names an undeclared attribute, which a PATCH path must not. */
function namesUnknown(filter: Filter): boolean {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.some(namesUnknown);
    case 'not':
      return namesUnknown(filter.operand);
    case 'present':
    case 'compare':
    case 'element':
      return filter.path === undefined;
  }
}
