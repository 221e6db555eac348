import { expect } from '@jest/globals';
import { parseValue } from '../../../src/domain/attributes/parse-value.js';
import { attribute } from '../../../src/domain/schema/attribute.js';
import type { Wire } from '../../support/scim-client.js';
import { ENTERPRISE, USER, created, ok, refusal, useProvider } from './provider.js';
import { deviation, notOurs, requirement } from './requirement.js';

/* RFC 7643 §1 and §2: attributes, their types, and unassigned values. */

const provider = useProvider();
const REFUSED = [400, 'invalidValue'];
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const create = (attributes: object) => provider.scim.post('/Users', { userName: provider.newName(), ...attributes });

/** Returns all attributes and sub-attributes of all schemas. */
async function publishedAttributes(): Promise<Wire[]> {
  const { Resources } = await provider.read('/Schemas');
  return Resources.flatMap((schema: Wire) =>
    schema.attributes.flatMap((one: Wire) => [one, ...(one.subAttributes ?? [])]),
  );
}

requirement('7643-1.1-01', 'MUST', 'Quotation marks in the text of the RFC are not part of a value', async () => {
  const values = (await publishedAttributes()).flatMap((one) => [
    one.type,
    one.mutability,
    one.returned,
    one.uniqueness,
  ]);
  for (const value of values) expect(value).toMatch(/^[a-zA-Z]+$/);
  const { schemas, meta } = await provider.createUser();
  expect([schemas, meta.resourceType]).toEqual([[USER], 'User']);
});

requirement('7643-1.2-01', 'MUST', 'A simple attribute has no sub-attributes', async () => {
  for (const { type, subAttributes } of await publishedAttributes()) {
    if (type !== 'complex') expect(subAttributes).toBeUndefined();
  }
  expect(refusal(await create({ nickName: { value: 'Al' } }))).toEqual(REFUSED);
  expect(refusal(await provider.scim.get('/Users', { sortBy: 'nickName.value' }))).toEqual([400, 'invalidPath']);
});

requirement('7643-2.1-01', 'MUST', 'Resources name their schemas in `schemas`', async () => {
  const { id } = await provider.createGroup();
  for (const path of ['/Users', `/Groups/${id}`, '/Schemas', '/ServiceProviderConfig', '/ResourceTypes/User']) {
    const body = await provider.read(path);
    for (const resource of [body, ...(body.Resources ?? [])]) {
      expect(resource.schemas).toEqual(expect.arrayContaining([expect.stringMatching(/^urn:/)]));
    }
  }
});

requirement('7643-2.1-02', 'MUST', 'Attribute names conform to the grammar', async () => {
  for (const { name } of await publishedAttributes()) expect(name).toMatch(/^(?:\$ref|[A-Za-z][$\w-]*)$/);
});

requirement('7643-2.3-01', 'SHOULD', 'Extensions have no data types of their own', async () => {
  const known = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference', 'complex'];
  for (const { type } of await publishedAttributes()) expect(known).toContain(type);
});

requirement('7643-2.3.4-01', 'MUST', 'An integer has no fraction and no exponent', async () => {
  const { bulk, filter } = await provider.read('/ServiceProviderConfig');
  for (const value of [bulk.maxOperations, bulk.maxPayloadSize, filter.maxResults])
    expect(Number.isInteger(value)).toBe(true);
  const count = attribute('count', 'No core schema declares an integer.', { type: 'integer' });
  for (const value of [1.5, 1e300, '1']) expect(() => parseValue(count, value)).toThrow('must be an integer');
  expect(parseValue(count, -7)).toBe(-7);
});

requirement('7643-2.3.5-01', 'MUST', 'A dateTime is an xsd:dateTime, with date and time', async () => {
  const { meta } = await provider.createUser();
  for (const value of [meta.created, meta.lastModified]) {
    expect(value).toMatch(DATE_TIME);
    expect(Number.isNaN(Date.parse(value))).toBe(false);
  }
});

requirement(
  '7643-2.3.5-02',
  'MUST',
  'The JSON representation of a dateTime conforms to the same constraints',
  async () => {
    const hired = attribute('hired', 'No core schema declares a date that can be written.', { type: 'dateTime' });
    for (const value of ['2026-01-31', '12:00:00Z', '2026-02-30T12:00:00Z', '31.1.2026', 1_769_860_800]) {
      expect(() => parseValue(hired, value)).toThrow('date and time');
      const filter = `meta.created gt ${JSON.stringify(value)}`;
      expect(refusal(await provider.scim.get('/Users', { filter }))).toEqual([400, 'invalidFilter']);
    }
    expect(parseValue(hired, '2026-01-31T12:00:00.5+01:00')).toBe('2026-01-31T12:00:00.5+01:00');
  },
);

requirement('7643-2.3.6-01', 'MUST', 'A binary is base64', async () => {
  for (const value of ['no base64!', 'ä', 'AAAA====', 'A', 'AAAAA', 'TWE==', 'TW=', 7]) {
    expect(refusal(await create({ x509Certificates: [{ value }] }))).toEqual(REFUSED);
  }
  for (const value of ['TWFu', 'TWE=', 'TWE']) {
    expect(created(await create({ x509Certificates: [{ value }] })).x509Certificates).toEqual([{ value }]);
  }
});

deviation(
  '7643-2.3.7-01',
  'MUST',
  'A reference is an absolute or relative URI',
  'URIs of the provider are. A value from a client (profileUrl, photos) is stored unchanged: Entra maps any text to it, ' +
    'and rejecting it would prevent the whole user from being provisioned.',
  async () => {
    const profileUrl = 'not a URI: at all';
    expect(created(await create({ profileUrl })).profileUrl).toBe(profileUrl);
  },
);

requirement('7643-2.3.7-02', 'MUST', 'A relative URI is resolved from the service root', async () => {
  // The provider returns absolute URIs. They equal the relative URIs resolved against the service root.
  const { id, meta } = await provider.createUser();
  expect(new URL(`Users/${id}`, `${provider.directory.scimUrl}/`).href).toBe(meta.location);
  const report = await provider.createUser({ [ENTERPRISE]: { manager: { $ref: `Users/${id}` } } });
  expect(report[ENTERPRISE].manager).toEqual({ value: id, $ref: meta.location });
});

requirement('7643-2.3.7-03', 'MUST', 'A reference identifies an http-addressable resource', async () => {
  for (const url of Object.values(await references())) expect(url).toMatch(/^https?:\/\//);
});

requirement('7643-2.3.7-04', 'MUST', 'GET of a reference returns the resource', async () => {
  for (const [id, url] of Object.entries(await references())) {
    expect((await provider.read(url.slice(provider.directory.scimUrl.length))).id).toBe(id);
  }
});

/** Returns a reference of each kind, by the id of its target. */
async function references(): Promise<Record<string, string>> {
  const boss = await provider.createUser();
  const user = await provider.createUser({ [ENTERPRISE]: { manager: { value: boss.id } } });
  const inner = await provider.createGroup();
  const outer = await provider.createGroup({ members: [{ value: user.id }, { value: inner.id }] });
  const { groups } = await provider.read(`/Users/${user.id}`);
  const all = [user[ENTERPRISE].manager, ...outer.members, ...groups];
  expect(all).toHaveLength(4);
  return Object.fromEntries(all.map(({ value, $ref }) => [value, $ref]));
}

requirement('7643-2.3.8-01', 'MUST', 'The order of attributes in an object is not significant', async () => {
  const userName = provider.newName();
  const user = created(
    await provider.scim.post('/Users', {
      emails: [{ primary: true, type: 'work', value: 'a@x.example' }],
      name: { givenName: 'Kim', familyName: 'Moss' },
      userName,
      schemas: [USER],
    }),
  );
  const body = { userName, name: { familyName: 'Moss', givenName: 'Kim' } };
  const put = await provider.scim.put(`/Users/${user.id}`, {
    ...body,
    emails: [{ value: 'a@x.example', type: 'work', primary: true }],
  });
  expect(ok(put).meta.version).toBe(user.meta.version);
  const patch = { Operations: [{ value: 'Boss', path: 'title', op: 'add' }], schemas: [] };
  expect(ok(await provider.scim.send('PATCH', `/Users/${user.id}`, { body: patch })).title).toBe('Boss');
});

requirement('7643-2.3.8-02', 'MUST', 'A complex attribute has no complex sub-attributes', async () => {
  const { Resources } = await provider.read('/Schemas');
  // The schema of schemas in the RFC has a complex sub-attribute: the `subAttributes` of `attributes` (§7).
  const others = Resources.filter(({ name }: Wire) => name !== 'Schema');
  const inner = others.flatMap((schema: Wire) => schema.attributes.flatMap((one: Wire) => one.subAttributes ?? []));
  for (const { type } of inner) expect(type).not.toBe('complex');
  expect(refusal(await create({ emails: [{ value: { value: 'a@x.example' } }] }))).toEqual(REFUSED);
});

requirement('7643-2.4-01', 'MUST', 'A multi-valued attribute of objects is complex', async () => {
  const { attributes } = await provider.read(`/Schemas/${USER}`);
  const lists = attributes.filter((one: Wire) => one.multiValued);
  expect(lists.length).toBeGreaterThan(5);
  for (const { type, subAttributes } of lists) expect([type, subAttributes.length > 1]).toEqual(['complex', true]);
});

requirement('7643-2.4-02', 'MUST', 'type, primary, display, value and $ref have their defined meanings', async () => {
  const { attributes } = await provider.read(`/Schemas/${USER}`);
  const types = { type: ['string'], primary: ['boolean'], display: ['string'], $ref: ['reference'] };
  for (const { multiValued, subAttributes } of attributes) {
    for (const { name, type } of multiValued ? subAttributes : []) {
      if (Object.hasOwn(types, name)) expect([name, types[name as keyof typeof types]]).toEqual([name, [type]]);
    }
  }
  expect(refusal(await create({ emails: [{ value: 'a@x.example', primary: 'maybe' }] }))).toEqual(REFUSED);
});

requirement('7643-2.4-03', 'MUST', 'At most one element is primary', async () => {
  const primary = true;
  const emails = [
    { value: 'a@x.example', primary },
    { value: 'b@x.example', primary },
  ];
  expect(refusal(await create({ emails }))).toEqual(REFUSED);
  const user = created(await create({ emails: [emails[0]] }));
  expect(refusal(await provider.scim.put(`/Users/${user.id}`, { userName: user.userName, emails }))).toEqual(REFUSED);
  await provider.scim.patch(`/Users/${user.id}`, { op: 'add', path: 'emails', value: [emails[1]] });
  const after = (await provider.read(`/Users/${user.id}`)).emails;
  expect(after.filter((one: Wire) => one.primary)).toEqual([emails[1]]);
});

requirement('7643-2.4-04', 'MUST', 'An element without `primary` is not primary', async () => {
  const { id } = created(await create({ emails: [{ value: 'a@x.example' }] }));
  for (const inner of ['primary eq false', 'primary ne true', 'not (primary eq true)']) {
    const { totalResults } = await provider.read('/Users', { filter: `id eq "${id}" and emails[${inner}]` });
    expect([inner, totalResults]).toEqual([inner, 1]);
  }
});

notOurs(
  '7643-2.4-05',
  'MUST',
  'URIs of one resource under different protocol versions are comparable',
  'There is one version of the protocol.',
);

deviation(
  '7643-2.4-06',
  'SHOULD',
  'Values of multi-valued attributes are returned in a canonical form',
  'They are returned as they were sent: Entra compares what it reads with what it sent, and sends it again if it differs.',
  async () => {
    const emails = [{ value: 'Kim@EXAMPLE.com', type: 'WORK' }];
    const phoneNumbers = [{ value: '+49 (0)221 555-0100 x 7', type: 'work' }];
    expect(created(await create({ emails, phoneNumbers }))).toMatchObject({ emails, phoneNumbers });
  },
);

requirement('7643-2.4-07', 'SHOULD', 'The same (type, value) pair is not returned more than once', async () => {
  const email = { value: 'a@x.example', type: 'work' };
  const { id, userName, emails } = created(await create({ emails: [email, { ...email, type: 'home' }] }));
  await provider.scim.patch(`/Users/${id}`, { op: 'add', path: 'emails', value: [email] });
  expect((await provider.read(`/Users/${id}`)).emails).toEqual(emails);
  expect(created(await create({ emails: [email, email] })).emails).toEqual([email]);
  const twice = [email, { value: 'b@x.example' }, { ...email, primary: true, display: 'A' }];
  const put = ok(await provider.scim.put(`/Users/${id}`, { userName, emails: twice }));
  expect(put.emails).toEqual([{ ...email, primary: true, display: 'A' }, { value: 'b@x.example' }]);
});

deviation(
  '7643-2.4-08',
  'MUST',
  'A multi-valued attribute is a list, and its complex elements are objects',
  'One object is accepted in place of a list, and plain text in place of an object that has a `value`: in Entra, ' +
    'applications map `emails` and `roles` as plain text. They are returned as lists of objects. Text for `addresses`, ' +
    'which has no `value`, is rejected with 400 invalidValue.',
  async () => {
    const one = [{ value: 'kim@x.example' }];
    for (const emails of ['kim@x.example', ['kim@x.example'], one[0]]) {
      const user = created(await create({ emails }));
      expect(user.emails).toEqual(one);
      const { userName } = user;
      const put = await provider.scim.put(`/Users/${user.id}`, { userName, emails });
      const patch = await provider.scim.patch(`/Users/${user.id}`, { op: 'replace', path: 'emails', value: emails });
      expect([ok(put), ok(patch)]).toEqual([user, user]);
    }
    expect(created(await create({ roles: 'Admin' })).roles).toEqual([{ value: 'Admin' }]);
    for (const wrong of [{ addresses: 'Main Street 1' }, { emails: 7 }, { emails: [['kim@x.example']] }]) {
      expect([wrong, refusal(await create(wrong))]).toEqual([wrong, REFUSED]);
    }
  },
);

requirement('7643-2.5-01', 'MUST', 'Unassigned, null and an empty list are the same state', async () => {
  const nothing = { title: null, emails: [], name: null, nickName: undefined, [ENTERPRISE]: null };
  const empty = created(await create(nothing));
  expect(Object.keys(empty).sort()).toEqual(Object.keys(await provider.createUser()).sort());
  const full = created(await create({ title: 'Boss', emails: [{ value: 'a@x.example' }], name: { givenName: 'Kim' } }));
  const after = ok(await provider.scim.put(`/Users/${full.id}`, { userName: full.userName, ...nothing }));
  expect(Object.keys(after).sort()).toEqual(Object.keys(empty).sort());
  const filter = `(id eq "${empty.id}" or id eq "${full.id}") and not (title pr or emails pr or name pr)`;
  expect((await provider.read('/Users', { filter })).totalResults).toBe(2);
});

deviation(
  '7643-2.5-02',
  'MUST',
  'Assigning null makes an attribute unassigned: `active` too',
  '`active` is true or false; null and an empty string are rejected with 400 invalidValue. A user without `active` is ' +
    'active, so clearing it would silently enable a disabled user.',
  async () => {
    for (const active of [null, '']) {
      expect(refusal(await create({ active }))).toEqual(REFUSED);
      const user = created(await create({ active: false }));
      const put = await provider.scim.put(`/Users/${user.id}`, { userName: user.userName, active });
      expect(refusal(put)).toEqual(REFUSED);
      for (const operation of [
        { op: 'replace', path: 'active', value: active },
        { op: 'add', value: { active } },
      ]) {
        expect(refusal(await provider.scim.patch(`/Users/${user.id}`, operation))).toEqual(REFUSED);
      }
      expect(await provider.read(`/Users/${user.id}`)).toEqual(user);
    }
  },
);
