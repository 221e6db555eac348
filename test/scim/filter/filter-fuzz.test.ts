import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RANDOM_TYPES, topics, type RandomType } from '../../support/random-resources.js';
import { createWorld, plansOf } from '../../support/random-world.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { toText } from './draft.js';
import { draftsOf } from './random-filters.js';

const RUNS = 6;
const TYPES = ['user', 'group', 'device'] as const satisfies readonly RandomType[];
const FACTS = { id: '0193a1b2-0000-7000-8000-000000000001', version: 'W/"1"', location: 'https://x.example/Users/1' };

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** Mutations of a filter: the position, the number of characters to delete, and the text to insert. */
const damages = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    taken: fc.nat(6),
    put: fc.oneof(
      fc.constantFrom('', '(', ')', '[', ']', '"', '\\', '.', ' ', ',', ':', '-', '$ref', 'urn:', '\0', '\ud800', '%'),
      fc.constantFrom(
        ' and ',
        ' or ',
        'not (',
        ' eq ',
        ' gt ',
        ' pr',
        'null',
        'true',
        '1e999',
        '"x"',
        '.value',
        '2026',
      ),
      fc.string({ maxLength: 4 }),
    ),
  }),
  { minLength: 1, maxLength: 3 },
);

const runs = topics.chain((topic) =>
  fc.record({
    plan: plansOf(topic),
    filters: fc.array(
      fc
        .constantFrom(...TYPES)
        .chain((type) => fc.record({ type: fc.constant(type), draft: draftsOf(RANDOM_TYPES[type], topic), damages })),
      { minLength: 60, maxLength: 60 },
    ),
  }),
);

test('a mutated filter is accepted or rejected with invalidFilter, and never causes an internal error', async () => {
  const seen = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(runs, async ({ plan, filters }) => {
      const { scim } = await createWorld(server, plan);
      for (const { type, draft, damages: list } of filters) {
        const whole = toText(draft, ({ fact }) => (fact in FACTS ? FACTS[fact as 'id'] : '2026-01-31T12:00:00Z'));
        const filter = list.reduce((text, { at, taken, put }) => {
          const start = Math.floor(at * text.length);
          return text.slice(0, start) + put + text.slice(start + taken);
        }, whole);
        const { status, body } = await scim.post(`${RANDOM_TYPES[type].endpoint}/.search`, { filter, count: 1 });
        const answer = status === 200 ? 'found' : `${status} ${body.scimType}`;
        expect({ filter, answer }).toEqual({ filter, answer: expect.stringMatching(/^(found|400 invalidFilter)$/) });
        seen.set(status, (seen.get(status) ?? 0) + 1);
      }
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: 60_000 },
  );
  expect([...seen.keys()].sort()).toEqual([200, 400]);
});
