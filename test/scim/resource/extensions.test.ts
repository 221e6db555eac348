import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deleteDirectory } from '../../../src/domain/directory/directory-commands.js';
import { execute } from '../../../src/domain/execute.js';
import { newId } from '../../../src/domain/kernel/id.js';
import type { JsonValue } from '../../../src/domain/kernel/json.js';
import { parseAttributes } from '../../../src/domain/attributes/attributes.js';
import { registerSchema, removeSchema } from '../../../src/domain/schema-registry/schema-commands.js';
import { ScimClient, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../../support/server.js';

const URN = 'urn:example:scim:kit:2.0:User';
/** A URN that begins with another registered one and ends with the name of an attribute of it. */
const LONGER = `${URN}:sizes:v1.0`;
const GROUP = 'urn:example:scim:team:2.0:Group';

const TYPES = [
  { name: 'text' },
  { name: 'exact', caseExact: true },
  { name: 'flag', type: 'boolean' },
  { name: 'count', type: 'integer' },
  { name: 'ratio', type: 'decimal' },
  { name: 'since', type: 'dateTime' },
  { name: 'seal', type: 'binary' },
  { name: 'link', type: 'reference', referenceTypes: ['external'] },
  { name: 'tags', multiValued: true, canonicalValues: ['red', 'green'] },
  { name: 'counts', type: 'integer', multiValued: true },
  { name: 'emergencyContact.name' },
  { name: 'first-name' },
  { name: 'last_name' },
  {
    name: 'desk',
    type: 'complex',
    subAttributes: [{ name: 'room' }, { name: 'floor', type: 'integer' }, { name: 'quiet', type: 'boolean' }],
  },
  {
    name: 'badges',
    type: 'complex',
    multiValued: true,
    subAttributes: [
      { name: 'value' },
      { name: 'type', canonicalValues: ['door', 'car'] },
      { name: 'until', type: 'dateTime' },
      { name: 'primary', type: 'boolean' },
    ],
  },
];

const VALUES = {
  text: 'Größe L',
  exact: 'aB',
  flag: true,
  count: 7,
  ratio: 2.5,
  since: '2026-01-31T12:00:00+01:00',
  seal: 'c2VhbA==',
  link: 'https://example.com/Kim',
  tags: ['red', 'violet'],
  counts: [1, 20],
  'emergencyContact.name': 'Robin',
  'first-name': 'Kim',
  last_name: 'Moss',
  desk: { room: 'A.1', floor: 3, quiet: false },
  badges: [
    { value: 'd-1', type: 'door', until: '2027-01-01T00:00:00Z', primary: true },
    { value: 'c-1', type: 'car' },
  ],
};

let server: TestServer;
let directory: TestDirectory;
let client: ScimClient;

beforeAll(async () => {
  server = await startTestServer();
  directory = await server.createDirectory();
  client = new ScimClient(directory.scimUrl, directory.scimToken);
  await register(URN, TYPES);
  await register(LONGER, [{ name: 'shoe', type: 'decimal' }]);
  await register(GROUP, [{ name: 'budget', type: 'integer' }, { name: 'cost_center' }]);
});
afterAll(() => server.stop());

function register(id: string, attributes: JsonValue, required = false): Promise<unknown> {
  return registerSchema(server.store, directory.id, { schema: { id, attributes }, required });
}

let users = 0;

async function createUser(more: object = {}): Promise<Wire> {
  const { status, body } = await client.post('/Users', { userName: `user-${++users}`, ...more });
  expect({ status, body }).toMatchObject({ status: 201 });
  return body;
}

async function found(filter: string, type = 'Users'): Promise<string[]> {
  const { status, body } = await client.get(`/${type}`, { filter, attributes: 'id' });
  expect({ filter, status, detail: body.detail }).toMatchObject({ status: 200 });
  return (body.Resources as Wire[]).map(({ id }) => id);
}

describe('values of a registered extension', () => {
  test('of every type are returned as they were sent, with their URN in schemas', async () => {
    const created = await createUser({ [URN]: VALUES, [LONGER]: { shoe: 42.5 } });
    const { body } = await client.get(`/Users/${created.id}`);
    expect(body[URN]).toEqual(VALUES);
    expect(body[LONGER]).toEqual({ shoe: 42.5 });
    expect(body.schemas).toEqual(expect.arrayContaining([URN, LONGER]));
  });

  test.each<[string, JsonValue]>([
    ['text', 1],
    ['flag', 'perhaps'],
    ['count', 1.5],
    ['count', '5x'],
    ['ratio', '0x5'],
    ['since', 'yesterday'],
    ['seal', '***'],
    ['link', 5],
    ['tags', [1]],
    ['desk', { floor: 'high' }],
    ['badges', [{ primary: true }, { primary: true, value: 'x' }]],
  ])('that are invalid for %s are rejected', async (name, value) => {
    const { status, body } = await client.post('/Users', { userName: 'nobody', [URN]: { [name]: value } });
    expect([status, body.scimType]).toEqual([400, 'invalidValue']);
    expect(body.detail).toContain(name);
  });

  test('under an unregistered URN are rejected with an error that names it, in POST, PUT and PATCH', async () => {
    const { id } = await createUser();
    const unknown = { 'urn:example:unknown:User': { size: 'L' } };
    for (const answer of [
      await client.post('/Users', { userName: 'nobody', ...unknown }),
      await client.put(`/Users/${id}`, { userName: 'nobody', ...unknown }),
      await client.patch(`/Users/${id}`, { op: 'add', value: unknown }),
      await client.post('/Groups', { displayName: 'x', [URN]: VALUES }),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.body.detail).toMatch(/urn:example:(unknown:User|scim:kit)/);
    }
  });

  test('are found by every operator that their type allows, and by no other', async () => {
    const { id } = await createUser({ [URN]: VALUES, [LONGER]: { shoe: 42.5 } });
    const other = await createUser({ [URN]: { text: 'm', count: 100, counts: [500], ratio: 99.5, exact: 'zz' } });
    const hits = [
      'text eq "GRÖSSE L"',
      'text eq "größe l"',
      'text co "ÖSS"',
      'text sw "GRÖ"',
      'text ew " l"',
      'text gt "a" and text lt "h" and text ge "größe" and not (text le "a")',
      'exact eq "aB" and not (exact eq "ab")',
      'exact ne "AB"',
      'flag eq true',
      'flag eq "True"',
      'count eq 7 and count gt 6 and count ge 7 and count lt 8 and count le 7 and count ne 8',
      'count eq "7"',
      'ratio gt 2.4 and ratio lt "2.6"',
      'since eq "2026-01-31T11:00:00Z" and since gt "2026-01-01T00:00:00Z" and since lt "2026-02-01T00:00:00Z"',
      'seal eq "c2VhbA=="',
      'link sw "https://" and link ew "Kim"',
      'tags eq "VIOLET"',
      'tags[value eq "red"]',
      'counts gt 19 and counts lt 2',
      'emergencyContact.name eq "robin"',
      'first-name eq "kim"',
      'last_name eq "moss"',
      'desk.room co "."',
      'desk.floor ge 3 and desk.quiet eq false',
      'badges[type eq "door" and primary eq true and value sw "d"]',
      'badges[type eq "door"].value eq "d-1"',
      'badges.value eq "c-1"',
      'badges eq "c-1"',
      'badges.until gt "2026-12-31T00:00:00Z"',
      'seal pr and tags pr and desk.room pr and badges pr',
    ].map((filter) =>
      filter.replaceAll(
        /(?<!\w)(?=(text|exact|flag|count|counts|ratio|since|seal|link|tags|emer\w+|first-|last_|desk|badges)\b|(first|last)[-_])/g,
        `${URN}:`,
      ),
    );
    const filters = [
      ...hits,
      `${LONGER}:shoe eq 42.5`,
      `${URN.toUpperCase()}:TEXT eq "größe l"`,
      'last_name eq "Moss"',
    ];
    for (const filter of filters) {
      const ids = await found(`id eq "${id}" and (${filter})`);
      expect({ filter, ids }).toEqual({ filter, ids: [id] });
      const others = await found(`id eq "${other.id}" and (${filter})`);
      if (!filter.includes(' ne ')) expect({ filter, others }).toEqual({ filter, others: [] });
    }
    for (const filter of [
      'flag gt true',
      'seal co "x"',
      'desk gt "a"',
      'count sw "1"',
      'count eq "many"',
      'since gt 5',
    ]) {
      const { status, body } = await client.get('/Users', { filter: `${URN}:${filter}` });
      expect([filter, status, body.scimType]).toEqual([filter, 400, 'invalidFilter']);
    }
    await client.delete(`/Users/${id}`);
    await client.delete(`/Users/${other.id}`);
  });

  test('sort a list, numbers numerically', async () => {
    const ids: string[] = [];
    for (const count of [10, 9, 101]) ids.push((await createUser({ userType: 'sorted', [URN]: { count } })).id);
    const [ten, nine, hundred] = ids;
    const list = async (sortOrder: string): Promise<Wire[]> => {
      const query = { filter: 'userType eq "sorted"', sortBy: `${URN}:count`, sortOrder };
      return ((await client.get('/Users', query)).body.Resources as Wire[]).map(({ id }) => id);
    };
    expect(await list('ascending')).toEqual([nine, ten, hundred]);
    expect(await list('descending')).toEqual([hundred, ten, nine]);
  });

  test('are selected by attributes and omitted by excludedAttributes', async () => {
    const { id } = await createUser({ [URN]: VALUES, [LONGER]: { shoe: 40 } });
    const read = async (query: Record<string, string>) => (await client.get(`/Users/${id}`, query)).body;
    expect(await read({ attributes: `${URN}:count,${URN}:desk.room,${LONGER}:shoe` })).toMatchObject({
      [URN]: { count: 7, desk: { room: 'A.1' } },
      [LONGER]: { shoe: 40 },
    });
    expect((await read({ attributes: LONGER }))[URN]).toBeUndefined();
    expect((await read({ attributes: `${URN}:emergencyContact.name` }))[URN]).toEqual({
      'emergencyContact.name': 'Robin',
    });
    const { text: _text, desk: _desk, ...rest } = VALUES;
    const excluded = `${URN}:text,${URN}:desk.room,${LONGER}`;
    expect((await read({ excludedAttributes: excluded }))[URN]).toEqual({ ...rest, desk: { floor: 3, quiet: false } });
    expect((await read({ excludedAttributes: excluded }))[LONGER]).toBeUndefined();
  });
});

describe('a PATCH of an extension', () => {
  const CHANGES: ReadonlyArray<[string, JsonValue, JsonValue]> = [
    ['text', 'S', 'S'],
    ['flag', 'False', false],
    ['count', '12', 12],
    ['ratio', '0.25', 0.25],
    ['since', '2027-01-31T12:00:00Z', '2027-01-31T12:00:00Z'],
    ['seal', 'YQ==', 'YQ=='],
    ['link', 'https://example.com/x', 'https://example.com/x'],
    ['tags', [{ value: 'blue' }], ['blue']],
    ['counts', [{ value: '3' }, '4'], [3, 4]],
    ['emergencyContact.name', 'Sam', 'Sam'],
    ['first-name', 'Kay', 'Kay'],
    ['last_name', 'Reed', 'Reed'],
    ['desk.room', 'B.2', { room: 'B.2', floor: 3, quiet: false }],
    ['desk', { floor: '4' }, { room: 'A.1', floor: 4, quiet: false }],
  ];

  test.each(CHANGES)("of %s works in Entra's default dialect", async (name, sent, kept) => {
    const { id } = await createUser({ [URN]: VALUES });
    const { status, body } = await client.patch(`/Users/${id}`, { op: 'Replace', path: `${URN}:${name}`, value: sent });
    const attribute = name === 'desk.room' ? 'desk' : name;
    expect([status, body[URN][attribute]]).toEqual([200, kept]);
    expect(body[URN]).toEqual({ ...VALUES, [attribute]: kept });
  });

  test('of all attributes at once works in the dialect of aadOptscim062020, with and without a path', async () => {
    const { id } = await createUser({ [URN]: VALUES });
    const keyed = Object.fromEntries(CHANGES.slice(0, 13).map(([name, sent]) => [`${URN}:${name}`, sent]));
    const { body } = await client.patch(`/Users/${id}`, {
      op: 'replace',
      value: { ...keyed, [`${LONGER}:shoe`]: '41' },
    });
    const expected = Object.fromEntries(
      CHANGES.slice(0, 13).map(([name, , kept]) => [name === 'desk.room' ? 'desk' : name, kept]),
    );
    expect(body[URN]).toEqual({ ...VALUES, ...expected });
    expect(body[LONGER]).toEqual({ shoe: 41 });
    const nested = await client.patch(`/Users/${id}`, { op: 'add', path: URN, value: { text: 'XL', count: null } });
    expect(nested.body[URN]).toMatchObject({ text: 'XL' });
    expect(nested.body[URN].count).toBeUndefined();
  });

  test('adds to lists, and selects elements by value paths', async () => {
    const { id } = await createUser({ [URN]: VALUES });
    const { body } = await client.patch(
      `/Users/${id}`,
      { op: 'Add', path: `${URN}:tags`, value: [{ value: 'blue' }, { value: 'red' }] },
      { op: 'Remove', path: `${URN}:tags[value eq "VIOLET"]` },
      { op: 'Replace', path: `${URN}:badges[type eq "car"].value`, value: 'c-2' },
      { op: 'add', path: `${URN}:badges[type eq "bike"].value`, value: 'b-1' },
      { op: 'remove', path: `${URN}:desk.quiet` },
    );
    expect(body[URN]).toMatchObject({ tags: ['red', 'blue'], desk: { room: 'A.1', floor: 3 } });
    expect(body[URN].badges).toEqual([VALUES.badges[0], { value: 'c-2', type: 'car' }, { value: 'b-1', type: 'bike' }]);
    const { version } = body.meta;
    const again = await client.patch(`/Users/${id}`, { op: 'add', path: `${URN}:tags`, value: ['red'] });
    expect(again.body.meta.version).toBe(version);
    const gone = await client.patch(`/Users/${id}`, { op: 'remove', path: URN });
    expect(gone.body[URN]).toBeUndefined();
    expect(gone.body.schemas).not.toContain(URN);
  });

  test('uses the longest matching URN', async () => {
    const { id } = await createUser();
    const path = `${LONGER}:shoe`;
    const { body } = await client.patch(`/Users/${id}`, { op: 'add', path, value: 39 });
    expect(body).toMatchObject({ [LONGER]: { shoe: 39 } });
    const wrong = await client.patch(`/Users/${id}`, { op: 'add', path: `${URN}:shoe`, value: 39 });
    expect([wrong.status, wrong.body.scimType]).toEqual([400, 'invalidPath']);
  });
});

test('groups can have extensions, too', async () => {
  const { body: group } = await client.post('/Groups', {
    displayName: 'Kit',
    [GROUP]: { budget: '10', cost_center: 'C' },
  });
  expect(group[GROUP]).toEqual({ budget: 10, cost_center: 'C' });
  await client.patch(`/Groups/${group.id}`, { op: 'Replace', path: `${GROUP}:budget`, value: '11' });
  await client.patch(`/Groups/${group.id}`, { op: 'replace', value: { [`${GROUP}:cost_center`]: 'D' } });
  expect(await found(`${GROUP}:budget gt 10 and ${GROUP}:cost_center eq "d"`, 'Groups')).toEqual([group.id]);
  expect((await client.get('/Groups', { sortBy: `${GROUP}:budget`, count: 1 })).body.Resources[0].id).toBe(group.id);
  const { body } = await client.get(`/Groups/${group.id}`, { attributes: `${GROUP}:budget` });
  expect(body[GROUP]).toEqual({ budget: 11 });
  const put = await client.put(`/Groups/${group.id}`, { displayName: 'Kit', [GROUP]: { budget: 12 } });
  expect(put.body[GROUP]).toEqual({ budget: 12 });
});

test('discovery returns the extensions of this directory only', async () => {
  const { body } = await client.get('/Schemas');
  const kit = (body.Resources as Wire[]).find(({ id }) => id === URN);
  expect(kit.attributes.map(({ name }: Wire) => name)).toEqual(TYPES.map(({ name }) => name));
  expect((await client.get(`/Schemas/${URN.toUpperCase()}`)).body).toEqual(kit);
  const { body: user } = await client.get('/ResourceTypes/User');
  expect(user.schemaExtensions).toEqual(expect.arrayContaining([{ schema: URN, required: false }]));
  const { body: group } = await client.get('/ResourceTypes/Group');
  expect(group.schemaExtensions).toEqual([{ schema: GROUP, required: false }]);
  const other = await server.createDirectory();
  const otherClient = new ScimClient(other.scimUrl, other.scimToken);
  expect((await otherClient.get(`/Schemas/${URN}`)).status).toBe(404);
  expect((await otherClient.post('/Users', { userName: 'kim', [URN]: VALUES })).status).toBe(400);
});

describe('sub-attributes of complex values', () => {
  const PARTS = 'urn:example:scim:parts:2.0:User';
  const parts = [
    { name: 'primary', type: 'boolean' },
    { name: 'tags', multiValued: true },
    { name: 'flags', type: 'boolean', multiValued: true },
    { name: 'floors', type: 'integer', multiValued: true },
    { name: 'days', type: 'dateTime', multiValued: true },
  ];
  let id: string;

  beforeAll(async () => {
    await register(PARTS, [
      { name: 'room', type: 'complex', subAttributes: parts },
      { name: 'rooms', type: 'complex', multiValued: true, subAttributes: parts },
      { name: 'odd', type: 'complex', multiValued: true, subAttributes: [{ name: 'primary' }] },
    ]);
    const room = { tags: ['Red', 'green'], flags: [false], floors: [3, 20], days: ['2026-01-31T12:00:00+01:00'] };
    const rooms = [{ tags: ['blue'], floors: [1] }, room];
    id = (await createUser({ [PARTS]: { room, rooms, odd: [{ primary: 'yes' }] } })).id;
  });

  test.each([
    ['room.tags eq "red"', true],
    ['room.tags eq "re"', false],
    ['room.tags ne "red"', false],
    ['room.flags eq false', true],
    ['room.flags eq true', false],
    ['room.floors gt 19', true],
    ['room.floors gt 20', false],
    ['room.days eq "2026-01-31T11:00:00Z"', true],
    ['rooms.tags sw "GR"', true],
    ['rooms.flags pr', true],
    ['rooms.floors eq 2', false],
    ['rooms[tags eq "blue" and floors eq 1]', true],
    ['rooms[tags eq "blue" and floors eq 3]', false],
    ['rooms[floors eq 3].tags eq "green"', true],
    ['rooms[not (flags pr)].floors eq 1', true],
    // `primary` has a default of false in multi-valued attributes only (RFC 7643 §2.4).
    ['room.primary eq false', false],
    ['rooms.primary eq false', true],
    ['odd.primary eq "YES"', true],
  ])('%s: %s', async (filter, isFound) => {
    const all = await found(`id eq "${id}" and ${filter.replace(/^/, `${PARTS}:`)}`);
    expect(all).toEqual(isFound ? [id] : []);
  });

  test.each(['room.tags', 'room.flags', 'rooms.floors', 'rooms.days', 'odd.primary'])(
    'sort users by %s',
    async (name) => {
      for (const more of [{}, { cursor: '', count: 1 }]) {
        const { status, body } = await client.get('/Users', { sortBy: `${PARTS}:${name}`, ...more });
        expect([status, body.Resources[0].id]).toEqual([200, id]);
      }
    },
  );
});

describe('characteristics', () => {
  const STRICT = 'urn:example:scim:strict:2.0:User';
  const UNIQUE = 'urn:example:scim:unique:2.0:User';

  beforeAll(async () => {
    await register(STRICT, [
      { name: 'must', required: true },
      { name: 'once', mutability: 'immutable' },
      { name: 'ours', mutability: 'readOnly' },
      { name: 'pin', mutability: 'writeOnly' },
      { name: 'secret', returned: 'never' },
      { name: 'bulky', returned: 'request' },
      { name: 'label', returned: 'always' },
      {
        name: 'card',
        type: 'complex',
        subAttributes: [
          { name: 'number', mutability: 'immutable' },
          { name: 'code', returned: 'never' },
          { name: 'art' },
        ],
      },
    ]);
    await register(UNIQUE, [
      { name: 'badge', uniqueness: 'server' },
      { name: 'keys', type: 'complex', multiValued: true, subAttributes: [{ name: 'value', uniqueness: 'global' }] },
    ]);
  });

  const STRICT_VALUES = {
    must: 'm',
    once: 'o',
    pin: '1234',
    secret: 's',
    bulky: 'b',
    label: 'l',
    card: { number: '1', code: 'x', art: 'a' },
  };

  test('required: an extension with values has its required attributes, before and after a change', async () => {
    const { status, body } = await client.post('/Users', { userName: 'nobody', [STRICT]: { label: 'l' } });
    expect([status, body.scimType]).toEqual([400, 'invalidValue']);
    expect(body.detail).toContain(`${STRICT}:must`);
    const { id } = await createUser({ [STRICT]: { must: 'm', label: 'l' } });
    const removed = await client.patch(`/Users/${id}`, { op: 'remove', path: `${STRICT}:must` });
    expect([removed.status, removed.body.scimType]).toEqual([400, 'mutability']);
  });

  test('mutability: PUT and PATCH neither change immutable values nor write read-only ones', async () => {
    const { id, userName } = await createUser({ [STRICT]: { must: 'm', ours: 'x' } });
    const patch = (path: string, value: JsonValue) =>
      client.patch(`/Users/${id}`, { op: 'replace', path: `${STRICT}:${path}`, value });
    expect((await patch('once', 'o')).body[STRICT]).toEqual({ must: 'm', once: 'o' });
    expect((await patch('card', { number: '1', art: 'a' })).status).toBe(200);
    for (const answer of [
      await patch('once', 'p'),
      await client.patch(`/Users/${id}`, { op: 'remove', path: `${STRICT}:once` }),
      await client.patch(`/Users/${id}`, { op: 'remove', path: STRICT }),
      await patch('card.number', '2'),
      await patch('card', { number: '2' }),
      await patch('ours', 'x'),
      await client.put(`/Users/${id}`, { userName, [STRICT]: { must: 'm', once: 'p' } }),
    ]) {
      expect([answer.status, answer.body.scimType]).toEqual([400, 'mutability']);
    }
    const put = await client.put(`/Users/${id}`, {
      userName,
      [STRICT]: { must: 'n', ours: 'y', card: { number: '1' } },
    });
    expect([put.status, put.body[STRICT]]).toEqual([200, { must: 'n', once: 'o', card: { number: '1' } }]);
  });

  test('returned: never, request and always', async () => {
    const { id, ...created } = await createUser({ [STRICT]: STRICT_VALUES });
    const shown = { must: 'm', once: 'o', label: 'l', card: { number: '1', art: 'a' } };
    expect(created[STRICT]).toEqual(shown);
    const read = async (query: Record<string, string> = {}) => (await client.get(`/Users/${id}`, query)).body[STRICT];
    expect(await read()).toEqual(shown);
    expect(await read({ attributes: `${STRICT}:bulky,${STRICT}:secret,${STRICT}:pin,${STRICT}:card.code` })).toEqual({
      bulky: 'b',
      label: 'l',
    });
    expect(await read({ attributes: 'userName' })).toEqual({ label: 'l' });
    expect(await read({ attributes: STRICT })).toEqual(shown);
    expect(await read({ attributes: `${STRICT},${STRICT}:bulky` })).toEqual({ ...shown, bulky: 'b' });
    expect(await read({ excludedAttributes: STRICT })).toEqual({ label: 'l' });
    expect(await read({ excludedAttributes: `${STRICT}:label,${STRICT}:once` })).toEqual({
      must: 'm',
      label: 'l',
      card: shown.card,
    });
    // Excluding the whole extension keeps only the attributes that are always returned.
    for (const excludedAttributes of [
      STRICT,
      STRICT.toUpperCase(),
      `${STRICT},${STRICT}:label`,
      `userName,${STRICT}`,
    ]) {
      const { body } = await client.get(`/Users/${id}`, { excludedAttributes });
      expect([excludedAttributes, body[STRICT]]).toEqual([excludedAttributes, { label: 'l' }]);
      expect(body.schemas).toContain(STRICT);
    }
    expect(await read({ excludedAttributes: `${STRICT}:card` })).toEqual({ must: 'm', once: 'o', label: 'l' });
    for (const name of ['secret', 'pin', 'card.code']) {
      const { status } = await client.get('/Users', { filter: `${STRICT}:${name} sw "s"` });
      const sorted = await client.get('/Users', { sortBy: `${STRICT}:${name}` });
      expect([status, sorted.status]).toEqual([400, 400]);
    }
    // A PUT of the representation keeps values that it does not contain.
    await client.put(`/Users/${id}`, { userName: created.userName, [STRICT]: shown });
    const [row] = (
      await server.database.pool.query(`select attributes -> $1 as kept from users where id = $2`, [STRICT, id])
    ).rows;
    expect(row.kept).toEqual({ ...shown, pin: '1234', secret: 's', card: STRICT_VALUES.card });
  });

  test('a PUT of the representation keeps sub-attributes of elements that it does not contain', async () => {
    const KEYS = 'urn:example:scim:keys:2.0:User';
    await register(KEYS, [
      {
        name: 'keys',
        type: 'complex',
        multiValued: true,
        subAttributes: [{ name: 'value' }, { name: 'pin', mutability: 'writeOnly' }],
      },
    ]);
    const keys = [{ pin: '1' }, { value: 'a', pin: '2' }, { value: 'b' }, { value: 'c', pin: '3' }];
    const { id, userName } = await createUser({ [KEYS]: { keys } });
    const stored = async (): Promise<unknown> => {
      const statement = `select attributes -> $1 -> 'keys' as keys from users where id = $2`;
      return (await server.database.pool.query(statement, [KEYS, id])).rows[0].keys;
    };
    const read = (await client.get(`/Users/${id}`)).body;
    expect(read[KEYS]).toEqual({ keys: [{ value: 'a' }, { value: 'b' }, { value: 'c' }] });
    const same = await client.put(`/Users/${id}`, read);
    expect([same.body, await stored()]).toEqual([read, keys]);
    const other = { keys: [{ value: 'c' }, { value: 'a', pin: '9' }, { value: 'd' }] };
    const changed = await client.put(`/Users/${id}`, { userName, [KEYS]: other });
    expect(changed.body[KEYS]).toEqual({ keys: [{ value: 'c' }, { value: 'a' }, { value: 'd' }] });
    expect(await stored()).toEqual([{ pin: '1' }, { value: 'c', pin: '3' }, { value: 'a', pin: '9' }, { value: 'd' }]);
  });

  test('returned: always on a sub-attribute returns that sub-attribute of each element', async () => {
    const urn = 'urn:example:scim:badges:2.0:User';
    const subAttributes = [{ name: 'value', returned: 'always' }, { name: 'type' }, { name: 'note' }];
    await register(urn, [{ name: 'badges', type: 'complex', multiValued: true, subAttributes }, { name: 'other' }]);
    const badges = [
      { value: '1', type: 'a', note: 'x' },
      { value: '2', type: 'b' },
    ];
    const { id } = await createUser({ [urn]: { badges, other: 'o' } });
    const read = async (query: Record<string, string>) => (await client.get(`/Users/${id}`, query)).body[urn];
    const values = [{ value: '1' }, { value: '2' }];
    expect(await read({ excludedAttributes: `${urn}:badges` })).toEqual({ badges: values, other: 'o' });
    expect(await read({ excludedAttributes: urn })).toEqual({ badges: values });
    expect(await read({ excludedAttributes: `${urn}:badges.value,${urn}:badges.note` })).toEqual({
      badges: badges.map(({ value, type }) => ({ value, type })),
      other: 'o',
    });
    expect(await read({ attributes: 'userName' })).toEqual({ badges: values });
    expect(await read({ attributes: `${urn}:badges`, excludedAttributes: urn })).toEqual({ badges: values });
  });

  test('uniqueness: only one user of the directory has a value, also under concurrent requests', async () => {
    const { id } = await createUser({
      [UNIQUE]: { badge: 'B-1', keys: [{ value: 'k1' }, { value: 'K1' }, { value: 'k2' }] },
    });
    const other = await createUser({ [UNIQUE]: { badge: 'B-2' } });
    const taken = await client.post('/Users', { userName: 'nobody', [UNIQUE]: { badge: 'b-1' } });
    expect([taken.status, taken.body.scimType]).toEqual([409, 'uniqueness']);
    expect(taken.body.detail).toContain(`${UNIQUE}:badge`);
    const change = (badge: string) =>
      client.patch(`/Users/${other.id}`, { op: 'replace', path: `${UNIQUE}:badge`, value: badge });
    expect((await change('B-1')).status).toBe(409);
    const keys = await client.patch(`/Users/${other.id}`, {
      op: 'add',
      path: `${UNIQUE}:keys`,
      value: [{ value: 'K2' }],
    });
    expect(keys.status).toBe(409);
    // A change of case is not a conflict, and a released value is available.
    expect((await change('b-2')).status).toBe(200);
    await client.patch(`/Users/${id}`, { op: 'replace', path: `${UNIQUE}:badge`, value: 'B-3' });
    expect((await change('B-1')).status).toBe(200);
    await client.delete(`/Users/${id}`);
    const racers = Array.from({ length: 8 }, (_, index) =>
      client.post('/Users', { userName: `racer-${index}`, [UNIQUE]: { badge: 'B-3', keys: [{ value: 'k2' }] } }),
    );
    const statuses = (await Promise.all(racers)).map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
  });
});

describe('registering', () => {
  test('a required extension is required for new users and cannot be removed', async () => {
    const urn = 'urn:example:scim:required:2.0:User';
    const before = await createUser();
    await register(urn, [{ name: 'size' }], true);
    const missing = await client.post('/Users', { userName: 'nobody' });
    expect([missing.status, missing.body.scimType]).toEqual([400, 'invalidValue']);
    expect(missing.body.detail).toContain(urn);
    expect((await client.get('/ResourceTypes/User')).body.schemaExtensions).toContainEqual({
      schema: urn,
      required: true,
    });
    const { id } = await createUser({ [urn]: { size: 'L' } });
    const removed = await client.patch(`/Users/${id}`, { op: 'remove', path: `${urn}:size` });
    expect([removed.status, removed.body.scimType]).toEqual([400, 'mutability']);
    expect((await client.patch(`/Users/${before.id}`, { op: 'add', path: 'title', value: 'x' })).status).toBe(200);
    await register(urn, [{ name: 'size' }], false);
    expect((await client.post('/Users', { userName: `free-${Date.now()}` })).status).toBe(201);
  });

  test('a schema in use can be extended, and removed only after its last value', async () => {
    const urn = 'urn:example:scim:short:2.0:User';
    const { store } = server;
    await register(urn, [{ name: 'size' }]);
    const { id } = await createUser({ [urn]: { size: 'L' } });
    await register(urn.toUpperCase().replace('URN', 'urn'), [{ name: 'size' }]).then(
      () => expect('registered').toBe('refused'),
      (error: unknown) => expect(error).toMatchObject({ code: 'SCHEMA_IN_USE' }),
    );
    await expect(register(urn, [{ name: 'size', type: 'integer' }])).rejects.toMatchObject({ code: 'SCHEMA_IN_USE' });
    await expect(removeSchema(store, directory.id, urn)).rejects.toMatchObject({ code: 'SCHEMA_IN_USE', path: urn });
    await register(urn, [{ name: 'size' }, { name: 'length', type: 'integer' }]);
    const longer = await client.patch(`/Users/${id}`, { op: 'add', path: `${urn}:length`, value: 5 });
    expect(longer.body[urn]).toEqual({ size: 'L', length: 5 });
    await client.delete(`/Users/${id}`);
    await removeSchema(store, directory.id, urn.toUpperCase());
    await expect(removeSchema(store, directory.id, urn)).rejects.toMatchObject({ code: 'UNKNOWN_SCHEMA' });
    const { body } = await client.post('/Users', { userName: 'nobody', [urn]: { size: 'L' } });
    expect(body.detail).toContain(urn);
  });

  test('a value that was parsed before its schema was removed is rejected', async () => {
    const urn = 'urn:example:scim:late:2.0:User';
    const { store } = server;
    const actor = { directoryId: directory.id, name: 'test', source: 'SYSTEM' } as const;
    await register(urn, [{ name: 'size' }]);
    const { id } = await createUser({ title: 'Guide' });
    const { user: schema } = await store.schemas.get(directory.id);
    const attributes = parseAttributes(schema, { userName: `late-${++users}`, [urn]: { size: 'L' } });
    await removeSchema(store, directory.id, urn);
    for (const type of ['CreateUser', 'ReplaceUser'] as const) {
      const command = { type, id: type === 'CreateUser' ? newId() : id, attributes };
      await expect(execute(store, actor, [command])).rejects.toMatchObject({ code: 'UNKNOWN_SCHEMA', path: urn });
    }
  });

  test('a value written while its schema is being removed is rejected, or prevents the removal', async () => {
    const urn = 'urn:example:scim:race:2.0:User';
    for (let round = 0; round < 5; round++) {
      await register(urn, [{ name: 'size' }]);
      const writing = Promise.all(
        Array.from({ length: 6 }, () => client.post('/Users', { userName: `race-${++users}`, [urn]: { size: 'L' } })),
      );
      const removed = await removeSchema(server.store, directory.id, urn).then(
        () => true,
        () => false,
      );
      const created = (await writing).filter(({ status }) => status === 201);
      const { rows } = await server.database.pool.query('select from users where jsonb_exists(attributes, $1)', [urn]);
      expect(rows).toHaveLength(created.length);
      if (removed) expect(created).toHaveLength(0);
      for (const { body } of created) await client.delete(`/Users/${body.id}`);
    }
  });

  test('in another process is detected by a process with the old schema in its cache', async () => {
    const urn = 'urn:example:scim:stale:2.0:User';
    const { store } = server;
    const { url: databaseUrl, pool } = server.database;
    const replica = await startTestServer({ databaseUrl });
    try {
      const stale = new ScimClient(`${replica.url}/scim/v2/${directory.slug}`, directory.scimToken);
      const write = () => stale.post('/Users', { userName: `stale-${++users}`, [urn]: { size: 'L' } });
      /** Waits until the replica has the current schemas. */
      const fresh = () => new Promise((resolve) => setTimeout(resolve, 1_050)).then(() => stale.get('/Schemas'));
      await register(urn, [{ name: 'size' }]);
      await fresh();
      await register(urn, [{ name: 'size' }, { name: 'length' }]);
      const { status, body } = await write();
      expect(status).toBe(201);
      await client.delete(`/Users/${body.id}`);
      await fresh();
      await register(urn, [{ name: 'size', type: 'integer' }]);
      const changed = await write();
      expect([changed.status, changed.body.detail]).toEqual([
        400,
        `The schema ${urn} was removed or changed at the same time; retry`,
      ]);
      await register(urn, [{ name: 'size' }]);
      await fresh();
      await removeSchema(store, directory.id, urn);
      expect((await write()).status).toBe(400);
      expect((await pool.query('select from users where jsonb_exists(attributes, $1)', [urn])).rows).toEqual([]);
    } finally {
      await replica.stop();
    }
  });

  test('in another process does not break indexing by a process with a stale cache that writes other attributes', async () => {
    const [ofUsers, ofGroups] = ['urn:example:scim:new:2.0:User', 'urn:example:scim:new:2.0:Group'];
    const replica = await startTestServer({ databaseUrl: server.database.url });
    try {
      const stale = new ScimClient(`${replica.url}/scim/v2/${directory.slug}`, directory.scimToken);
      const { id } = await createUser({ title: 'Guide' });
      const group = await client.post('/Groups', { displayName: `Guides ${users}` });
      await stale.get('/Schemas');
      await register(ofUsers, [{ name: 'size' }]);
      await register(ofGroups, [{ name: 'size' }]);
      await client.patch(`/Users/${id}`, { op: 'add', path: `${ofUsers}:size`, value: 'XL' });
      await client.patch(`/Groups/${group.body.id}`, { op: 'add', path: `${ofGroups}:size`, value: 'XL' });
      expect((await stale.patch(`/Users/${id}`, { op: 'add', path: 'title', value: 'Poet' })).status).toBe(200);
      const renamed = { op: 'replace', path: 'displayName', value: `Poets ${users}` };
      expect((await stale.patch(`/Groups/${group.body.id}`, renamed)).status).toBeLessThan(300);
      for (const [path, urn, found] of [
        ['/Users', ofUsers, id],
        ['/Groups', ofGroups, group.body.id],
      ]) {
        const { body } = await client.get(path, { filter: `${urn}:size eq "xl"` });
        expect(body.Resources.map((one: Wire) => one.id)).toEqual([found]);
      }
      await client.delete(`/Users/${id}`);
      await client.delete(`/Groups/${group.body.id}`);
    } finally {
      await replica.stop();
    }
  });

  test('writes no events, and schemas are deleted with their directory', async () => {
    const { pool } = server.database;
    const other = await server.createDirectory();
    await registerSchema(server.store, other.id, {
      schema: { id: URN, attributes: [{ name: 'a', uniqueness: 'server' }] },
    });
    expect((await pool.query('select from events where directory_id = $1', [other.id])).rows).toEqual([]);
    const otherClient = new ScimClient(other.scimUrl, other.scimToken);
    expect((await otherClient.post('/Users', { userName: 'kim', [URN]: { a: 'x' } })).status).toBe(201);
    await deleteDirectory(server.database.em, other.slug);
    expect((await pool.query('select from schemas where directory_id = $1', [other.id])).rows).toEqual([]);
  });
});
