import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/domain/kernel/json.js';
import type { AttributeDeclaration } from '../../../src/domain/schema/attribute.js';
import { ENTERPRISE_URN } from '../../../src/domain/schema/enterprise-user.js';
import { noises, withNoise, type Noise } from '../../support/random-noise.js';
import { bodiesOf, RANDOM_TYPES, topics, type RandomType, type Topic } from '../../support/random-resources.js';
import { createWorld, plansOf, type Plan, type World } from '../../support/random-world.js';
import type { Wire } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { vocabularyOf } from '../filter/vocabulary.js';
import { project, type Keys } from '../representation/projection-oracle.js';

const RUNS = 12;
const TYPES = ['user', 'group', 'device'] as const satisfies readonly RandomType[];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** Removes the attributes that are never returned or returned on request only. */
function readable(type: RandomType, body: JsonObject): JsonObject {
  const { core, extensions } = RANDOM_TYPES[type];
  const blocks = Object.fromEntries(extensions.map(({ urn, attributes }) => [urn, attributes]));
  return withoutEmpty(
    mapEntries(body, (key, value) => {
      const declarations = blocks[key];
      if (declarations) return withoutHidden(declarations, value);
      return withoutHidden(core.attributes, { [key]: value })[key];
    }),
  );
}

function withoutHidden(declarations: readonly AttributeDeclaration[], value: JsonValue): JsonObject {
  return mapEntries(value as JsonObject, (name, one) => {
    const { returned, subAttributes = [] } = declarations.find((each) => each.name === name) ?? {};
    if (returned === 'never' || returned === 'request') return undefined;
    const cut = (object: JsonValue): JsonValue =>
      isJsonObject(object) ? withoutHidden(subAttributes, object) : object;
    return Array.isArray(one) ? (one as readonly JsonValue[]).map(cut) : cut(one);
  });
}

function mapEntries(object: JsonObject, map: (key: string, value: JsonValue) => JsonValue | undefined): JsonObject {
  return Object.fromEntries(
    Object.entries(object)
      .map(([key, value]) => [key, map(key, value)] as const)
      .filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}

/** Removes empty objects and lists, which are unassigned values (RFC 7643 §2.5). */
function withoutEmpty(value: JsonObject): JsonObject {
  const isEmpty = (one: JsonValue): boolean =>
    Array.isArray(one) ? one.length === 0 : isJsonObject(one) && Object.keys(one).length === 0;
  const deep = (one: JsonValue): JsonValue => {
    if (Array.isArray(one)) return (one as readonly JsonValue[]).map(deep).filter((each) => !isEmpty(each));
    return isJsonObject(one) ? withoutEmpty(one) : one;
  };
  return mapEntries(value, (_key, one) => (isEmpty(deep(one)) ? undefined : deep(one)));
}

/** Removes the attributes that the server sets. */
function written({ schemas: _schemas, id: _id, meta: _meta, groups: _groups, ...rest }: JsonObject): JsonObject {
  const { members, [ENTERPRISE_URN]: enterprise, ...others } = rest as Record<string, Wire>;
  return {
    ...others,
    ...(enterprise && {
      [ENTERPRISE_URN]: { ...enterprise, ...(enterprise.manager && { manager: { value: enterprise.manager.value } }) },
    }),
    ...(members && { members: (members as Wire[]).map(({ value }) => ({ value })).sort(byValue) }),
  };
}

const byValue = (a: Wire, b: Wire): number => (a.value < b.value ? -1 : 1);

/** Returns the expected representation of a sent resource. */
function expected(type: RandomType, sent: JsonObject): JsonObject {
  return written(readable(type, type === 'user' ? { active: true, ...sent } : sent));
}

function schemasOf(type: RandomType, sent: JsonObject): string[] {
  const { core, extensions } = RANDOM_TYPES[type];
  const urns = extensions.map(({ urn }) => urn);
  return [core.urn, ...urns.filter((urn) => Object.keys((sent[urn] as JsonObject | undefined) ?? {}).length > 0)];
}

/** A resource that replaces an existing one. */
interface Replacement {
  readonly body: JsonObject;
  readonly noise: readonly Noise[];
}

interface Run {
  readonly plan: Plan;
  readonly noise: readonly Noise[];
  readonly replacements: Readonly<Record<RandomType, Replacement>>;
  readonly questions: Readonly<Record<RandomType, readonly Question[]>>;
}

/** The two projection parameters: their text, and the paths that they name. */
interface Question {
  readonly attributes: readonly Name[] | undefined;
  readonly excludedAttributes: readonly Name[] | undefined;
  readonly byList: boolean;
}

interface Name {
  readonly text: string;
  /** Undefined for an undeclared attribute. */
  readonly keys: Keys | undefined;
}

function namesOf(type: RandomType): Name[] {
  const { core, extensions } = RANDOM_TYPES[type];
  const declared = [...vocabularyOf(RANDOM_TYPES[type])].map(([text, { urn, attribute, subAttribute }]) => ({
    text,
    keys: [...(urn === core.urn ? [] : [urn]), attribute.name, ...(subAttribute ? [subAttribute.name] : [])],
  }));
  const uris = ['meta.location', ...(type === 'user' ? ['groups.$ref'] : type === 'group' ? ['members.$ref'] : [])];
  return [
    ...declared,
    ...extensions.map(({ urn }) => ({ text: urn, keys: [urn] })),
    ...uris.map((text) => ({ text, keys: text.split('.') })),
    { text: 'nonsense', keys: undefined },
    { text: 'name.nonsense', keys: undefined },
  ];
}

function questionsOf(type: RandomType): fc.Arbitrary<readonly Question[]> {
  const all = namesOf(type);
  // Attributes, and those that are not returned by default, are more frequent than the many sub-attributes.
  const short = all.filter(({ keys }) => keys?.length === 1);
  const special = all.filter(({ text }) => /(always|asked|hidden|secret|mark|pin)$/.test(text));
  const name = fc
    .oneof(...[all, short, special].map((some) => fc.constantFrom(...some)))
    .chain(({ text, keys }) => fc.constantFrom({ text, keys }, { text: ` ${text.toUpperCase()}`, keys }));
  const names = fc.option(fc.array(name, { minLength: 1, maxLength: 5 }), { nil: undefined });
  return fc.array(fc.record({ attributes: names, excludedAttributes: names, byList: fc.boolean() }), {
    minLength: 3,
    maxLength: 3,
  });
}

function replacementsOf(type: RandomType, topic: Topic): fc.Arbitrary<Replacement> {
  return fc.record({ body: bodiesOf(RANDOM_TYPES[type], topic), noise: noises });
}

const runs: fc.Arbitrary<Run> = topics.chain((topic) =>
  fc.record({
    plan: plansOf(topic),
    noise: noises,
    replacements: fc.record({
      user: replacementsOf('user', topic),
      group: replacementsOf('group', topic),
      device: replacementsOf('device', topic),
    }),
    questions: fc.record({
      user: questionsOf('user'),
      group: questionsOf('group'),
      device: questionsOf('device'),
    }),
  }),
);

async function sequenceOf({ directory }: World): Promise<string> {
  const { rows } = await server.database.pool.query<{ sequence: string }>(
    'select sequence from directory_counters where directory_id = $1',
    [directory.id],
  );
  return rows[0]!.sequence;
}

test('a resource is returned as it was sent, is not changed by a PUT of itself, and is projected as requested', async () => {
  await fc.assert(
    fc.asyncProperty(runs, async ({ plan, noise, replacements, questions }) => {
      const world = await createWorld(server, plan, (type, body) => withNoise(RANDOM_TYPES[type], body, noise));
      const { scim, created } = world;
      for (const type of TYPES) {
        const { endpoint, name } = RANDOM_TYPES[type];
        const list = (await scim.get(endpoint, { count: 200 })).body.Resources as Wire[];
        expect(list.map(({ id }) => id)).toEqual(created[type].map(({ answer }) => answer.id));
        for (const [place, { sent, answer }] of created[type].entries()) {
          const path = `${endpoint}/${answer.id}`;
          expect(written(answer)).toEqual(expected(type, sent));
          const { body: read } = await scim.get(path);
          expect(written(read)).toEqual(expected(type, sent));
          expect([...read.schemas].sort()).toEqual(schemasOf(type, sent).sort());
          expect(read.meta).toMatchObject({ resourceType: name, location: `${world.directory.scimUrl}${path}` });
          expect(list[place]).toEqual(read);

          // To change nothing, a client must also send the attributes that are returned on request only.
          const whole = withRequested(type, read, sent);
          const sequence = await sequenceOf(world);
          const same = await scim.put(path, withNoise(RANDOM_TYPES[type], whole, noise));
          expect([same.status, same.body]).toEqual([200, read]);
          expect(await sequenceOf(world)).toBe(sequence);

          for (const question of questions[type]) {
            await expectProjection(world, type, whole, question);
          }

          const { body, noise: other } = replacements[type];
          const required = requiredOf(type, sent);
          const put = await scim.put(path, withNoise(RANDOM_TYPES[type], { ...body, ...required }, other));
          const kept = keptOf(type, sent, read);
          expect([put.status, written(put.body)]).toEqual([200, expected(type, { ...kept, ...body, ...required })]);
          const back = await scim.put(path, withNoise(RANDOM_TYPES[type], { ...kept, ...sent }, other));
          expect([back.status, written(back.body)]).toEqual([200, expected(type, { ...kept, ...sent })]);
        }
      }
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: 90_000 },
  );
});

/** Returns the attributes that a PUT must contain. */
function requiredOf(type: RandomType, { userName, displayName }: JsonObject): JsonObject {
  if (type === 'user') return { userName: userName! };
  return type === 'group' ? { displayName: displayName! } : {};
}

/** Returns the attributes that a PUT keeps if it omits them; otherwise it would enable users and empty groups. */
function keptOf(type: RandomType, sent: JsonObject, read: Wire): JsonObject {
  if (type === 'user') return { active: read.active };
  return type === 'group' && sent['members'] !== undefined ? { members: sent['members'] } : {};
}

/** Adds the attributes that are returned on request only. */
function withRequested(type: RandomType, read: JsonObject, sent: JsonObject): JsonObject {
  const { core, extensions } = RANDOM_TYPES[type];
  const requested = (declarations: readonly AttributeDeclaration[], values: JsonObject): JsonObject =>
    Object.fromEntries(
      declarations.flatMap(({ name, returned }): Array<[string, JsonValue]> => {
        const value = values[name];
        return returned === 'request' && value !== undefined ? [[name, value]] : [];
      }),
    );
  const blocks = extensions.flatMap(({ urn, attributes }): Array<[string, JsonValue]> => {
    const shown = read[urn] as JsonObject | undefined;
    const values = requested(attributes, (sent[urn] as JsonObject | undefined) ?? {});
    return shown || Object.keys(values).length > 0 ? [[urn, { ...shown, ...values }]] : [];
  });
  return { ...read, ...requested(core.attributes, sent), ...Object.fromEntries(blocks) };
}

async function expectProjection(
  { scim }: World,
  type: RandomType,
  whole: JsonObject,
  { attributes, excludedAttributes, byList }: Question,
): Promise<void> {
  const { endpoint } = RANDOM_TYPES[type];
  const id = whole['id'] as string;
  const query = {
    ...(attributes && { attributes: attributes.map(({ text }) => text).join(',') }),
    ...(excludedAttributes && { excludedAttributes: excludedAttributes.map(({ text }) => text).join(',') }),
  };
  const answer = byList
    ? (await scim.get(endpoint, { ...query, filter: `id eq "${id}"` })).body.Resources[0]
    : (await scim.get(`${endpoint}/${id}`, query)).body;
  const keysOf = (names: readonly Name[] | undefined): Keys[] | undefined =>
    names?.flatMap(({ keys }) => (keys ? [keys] : []));
  const asked = { attributes: keysOf(attributes), excludedAttributes: keysOf(excludedAttributes) };
  expect({ query, answer }).toEqual({ query, answer: project(RANDOM_TYPES[type], whole, asked) });
}
