import { expect } from '@jest/globals';
import type { Wire } from '../../support/scim-client.js';
import { ENTERPRISE, NOBODY, PATCH_OP, USER, ok, refusal, useProvider, withoutMeta } from './provider.js';
import { deviation, requirement } from './requirement.js';

/* RFC 7644 §3.5.2: modifying with PATCH. */

const provider = useProvider();
const WORK = { value: 'work@x.example', type: 'work', primary: true };
const HOME = { value: 'home@x.example', type: 'home' };

/** Creates a user. Returns functions to patch and read it. */
async function person(attributes: object = {}) {
  const user = await provider.createUser(attributes);
  const path = `/Users/${user.id}`;
  const patch = (...operations: readonly object[]) => provider.scim.patch(path, ...operations);
  return { user, path, patch, read: (): Promise<Wire> => provider.read(path) };
}

async function send(path: string, body: unknown) {
  return refusal(await provider.scim.send('PATCH', path, { body }));
}

deviation(
  '7644-3.5.2-01',
  'MUST',
  'The body of a PATCH has the schema PatchOp',
  'It is optional: the meaning is unambiguous, and clients omit it.',
  async () => {
    const { path } = await person();
    const body = { Operations: [{ op: 'add', path: 'title', value: 'Boss' }] };
    expect(ok(await provider.scim.send('PATCH', path, { body })).title).toBe('Boss');
  },
);

requirement('7644-3.5.2-02', 'MUST', 'The body of a PATCH has `Operations`, a list', async () => {
  const { path } = await person();
  for (const rest of [{}, { Operations: null }, { Operations: { op: 'add', path: 'title', value: 'x' } }]) {
    expect(await send(path, { schemas: [PATCH_OP], ...rest })).toEqual([400, 'invalidSyntax']);
  }
});

deviation(
  '7644-3.5.2-03',
  'MUST',
  '`Operations` contains at least one operation',
  'An empty list succeeds and changes nothing: Entra’s validator sends it.',
  async () => {
    const { user, patch } = await person();
    expect(ok(await patch())).toEqual(user);
  },
);

requirement('7644-3.5.2-04', 'MUST', 'Each operation has one `op`: add, remove or replace', async () => {
  const { user, patch, read } = await person();
  for (const op of [undefined, null, '', 'move', 'copy', 'test', 7, ['add']]) {
    expect(refusal(await patch({ op, path: 'title', value: 'x' }))).toEqual([400, 'invalidSyntax']);
  }
  expect(await read()).toEqual(user);
});

requirement('7644-3.5.2-05', 'MUST', 'A remove without a path is rejected with 400 noTarget', async () => {
  const { user, patch, read } = await person({ title: 'Boss' });
  for (const rest of [{}, { value: { title: 'Boss' } }, { path: null }]) {
    expect(refusal(await patch({ op: 'remove', ...rest }))).toEqual([400, 'noTarget']);
  }
  expect(await read()).toEqual(user);
});

requirement(
  '7644-3.5.2-06',
  'MUST',
  'An operation is compatible with the type and the schema of its attribute',
  async () => {
    const { user, patch, read } = await person({ emails: [WORK] });
    for (const [path, value, scimType] of [
      ['title', 7, 'invalidValue'],
      ['title', { a: 1 }, 'invalidValue'],
      ['active', 'perhaps', 'invalidValue'],
      ['name', 'Kim Moss', 'invalidValue'],
      ['name.familyName', ['Moss'], 'invalidValue'],
      ['x509Certificates', [{ value: 'no base64!' }], 'invalidValue'],
      ['shoeSize', 7, 'invalidPath'],
      ['emails[type eq "work"].size', 7, 'invalidPath'],
    ] as const) {
      expect([path, refusal(await patch({ op: 'replace', path, value }))]).toEqual([path, [400, scimType]]);
    }
    expect(await read()).toEqual(user);
  },
);

requirement(
  '7644-3.5.2-07',
  'MUST',
  'An operation on an attribute that cannot be modified is rejected with 400 mutability',
  async () => {
    const { user, patch, read } = await person();
    for (const path of ['id', 'meta', 'meta.created', 'groups', `${ENTERPRISE}:manager.displayName`]) {
      for (const op of ['add', 'replace']) {
        expect([path, refusal(await patch({ op, path, value: 'x' }))]).toEqual([path, [400, 'mutability']]);
      }
    }
    expect(await read()).toEqual(user);
    const group = await provider.createGroup({ members: [{ value: user.id }] });
    const path = `members[value eq "${user.id}"].type`;
    const answer = await provider.scim.patch(`/Groups/${group.id}`, { op: 'replace', path, value: 'Group' });
    expect(refusal(answer)).toEqual([400, 'mutability']);
  },
);

requirement('7644-3.5.2-08', 'MUST', 'An incompatible operation returns a status and an error resource', async () => {
  const { patch } = await person();
  const answer = await patch({ op: 'replace', path: 'active', value: 'perhaps' });
  expect(refusal(answer)).toEqual([400, 'invalidValue']);
  expect(answer.headers['content-type']).toBe('application/scim+json');
  expect(answer.body.detail).toContain('active');
});

requirement('7644-3.5.2-09', 'MUST', 'Paths are resolved against the schemas of the stored resource', async () => {
  const { patch, read } = await person();
  await patch({ op: 'add', path: 'nickName', value: 'Al' }, { op: 'add', path: `${USER}:title`, value: 'Boss' });
  expect(await read()).toMatchObject({ schemas: [USER], nickName: 'Al', title: 'Boss' });
  await patch({ op: 'add', path: `${ENTERPRISE}:employeeNumber`, value: '7' });
  expect(await read()).toMatchObject({ schemas: [USER, ENTERPRISE], [ENTERPRISE]: { employeeNumber: '7' } });
});

deviation(
  '7644-3.5.2-10',
  'MUST',
  'After an operation on `schemas`, further ones are resolved against its new value',
  '`schemas` cannot be written: it depends on the attributes of a resource. All schemas of the resource type can be ' +
    'used in every operation.',
  async () => {
    const { user, patch, read } = await person();
    const attempt = { op: 'add', path: 'schemas', value: [ENTERPRISE] };
    expect(refusal(await patch(attempt))).toEqual([400, 'mutability']);
    expect(await read()).toEqual(user);
    await patch({ op: 'add', value: { schemas: [ENTERPRISE], nickName: 'Al' } });
    expect(await read()).toMatchObject({ schemas: [USER], nickName: 'Al' });
  },
);

requirement('7644-3.5.2-11', 'MUST', 'A value that becomes primary clears the flag of the others', async () => {
  const { patch, read } = await person({ emails: [WORK, HOME] });
  const primaries = async () => (await read()).emails.filter((one: Wire) => one.primary === true);
  await patch({ op: 'replace', path: 'emails[type eq "home"].primary', value: true });
  expect(await primaries()).toMatchObject([{ type: 'home' }]);
  await patch({ op: 'add', path: 'emails', value: [{ value: 'third@x.example', type: 'other', primary: true }] });
  expect(await primaries()).toMatchObject([{ type: 'other' }]);
  await patch({ op: 'replace', path: 'emails[type eq "work"]', value: { ...WORK, primary: true } });
  expect(await primaries()).toMatchObject([{ type: 'work' }]);
});

requirement('7644-3.5.2-12', 'MUST', 'A PATCH is atomic, however many operations it has', async () => {
  const group = await provider.createGroup();
  const { user } = await person();
  const answer = await provider.scim.patch(
    `/Groups/${group.id}`,
    { op: 'add', path: 'members', value: [{ value: user.id }] },
    { op: 'replace', path: 'displayName', value: provider.newName() },
    { op: 'add', path: 'members', value: [{ value: NOBODY }] },
  );
  expect(refusal(answer)).toEqual([400, 'invalidValue']);
  expect(await provider.read(`/Groups/${group.id}`)).toEqual(group);
});

requirement('7644-3.5.2-13', 'MUST', 'After a failed operation the resource is unchanged', async () => {
  const { user, patch, read } = await person({ title: 'Boss', emails: [WORK] });
  const good = [
    { op: 'replace', path: 'title', value: 'Aide' },
    { op: 'remove', path: 'emails' },
  ];
  for (const bad of [
    { op: 'replace', path: 'active', value: 'perhaps' },
    { op: 'replace', path: 'emails[type eq "yacht"].value', value: 'x' },
    { op: 'replace', path: `${ENTERPRISE}:manager`, value: { value: NOBODY } },
    { op: 'remove', path: 'userName' },
  ]) {
    await patch(...good, bad);
    expect(await read()).toEqual(user);
  }
});

requirement('7644-3.5.2-14', 'MUST', 'A PATCH with a failed operation returns a failure status', async () => {
  const { patch } = await person();
  const answer = await patch({ op: 'add', path: 'title', value: 'Boss' }, { op: 'remove', path: 'userName' });
  expect(refusal(answer)).toEqual([400, 'mutability']);
});

requirement('7644-3.5.2-15', 'MUST', 'A failed PATCH returns a status and an error resource', async () => {
  const { path } = await person();
  const conflict = await provider.createUser();
  const taken = { op: 'replace', path: 'userName', value: conflict.userName };
  expect(refusal(await provider.scim.patch(path, taken))).toEqual([409, 'uniqueness']);
  expect(refusal(await provider.scim.patch(`/Users/${NOBODY}`, taken))).toEqual([404]);
  expect(await send(path, '{')).toEqual([400, 'invalidSyntax']);
});

requirement('7644-3.5.2-16', 'MUST', 'A successful PATCH returns 200 and the resource, or 204', async () => {
  const { patch, read } = await person();
  const answer = await patch({ op: 'add', path: 'title', value: 'Boss' });
  expect(ok(answer)).toEqual(await read());
  expect(answer.headers.etag).toBe(answer.body.meta.version);
  const group = await provider.createGroup();
  const path = `/Groups/${group.id}`;
  const rename = { op: 'replace', path: 'displayName', value: provider.newName() };
  const silent = await provider.scim.patch(path, rename);
  expect([silent.status, silent.body]).toEqual([204, undefined]);
  expect(silent.headers.etag).toBe((await provider.read(path)).meta.version);
});

requirement('7644-3.5.2-17', 'MUST', 'A PATCH with `attributes` returns 200', async () => {
  const { id } = await provider.createGroup();
  const body = { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'externalId', value: 'x' }] };
  const query = { attributes: 'externalId' };
  const answer = ok(await provider.scim.send('PATCH', `/Groups/${id}`, { query, body }));
  expect(answer).toMatchObject({ id, externalId: 'x' });
  expect(answer).not.toHaveProperty('displayName');
});

requirement('7644-3.5.2.1-01', 'MUST', 'An add has a value', async () => {
  const { patch } = await person();
  expect(refusal(await patch({ op: 'add', path: 'title' }))).toEqual([400, 'invalidValue']);
  expect(refusal(await patch({ op: 'add' }))).toEqual([400, 'invalidValue']);
});

requirement(
  '7644-3.5.2.1-02',
  'MUST',
  'The value of an add at a complex attribute contains sub-attributes',
  async () => {
    const { patch, read } = await person({ name: { givenName: 'Kim' } });
    expect(refusal(await patch({ op: 'add', path: 'name', value: 'Moss' }))).toEqual([400, 'invalidValue']);
    await patch({ op: 'add', path: 'name', value: { familyName: 'Moss' } });
    expect((await read()).name).toEqual({ givenName: 'Kim', familyName: 'Moss' });
  },
);

deviation(
  '7644-3.5.2.1-03',
  'MUST',
  'The value of an add at a complex attribute is an object, even if the attribute has a `value`',
  'A bare string is accepted as its `value`: Entra sends `manager` in this form.',
  async () => {
    const boss = await provider.createUser();
    const { patch, read } = await person();
    await patch({ op: 'add', path: `${ENTERPRISE}:manager`, value: boss.id });
    expect((await read())[ENTERPRISE].manager.value).toBe(boss.id);
  },
);

requirement('7644-3.5.2.1-04', 'SHOULD', 'Adding an existing value changes nothing', async () => {
  const { user, patch, read } = await person({ title: 'Boss', emails: [WORK] });
  await patch({ op: 'add', path: 'title', value: 'Boss' }, { op: 'add', path: 'emails', value: [WORK] });
  expect(await read()).toEqual(user);
  const group = await provider.createGroup({ members: [{ value: user.id }] });
  await provider.scim.patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: user.id }] });
  expect(await provider.read(`/Groups/${group.id}`)).toEqual(group);
});

requirement('7644-3.5.2.1-05', 'SHOULD', 'Adding an existing value succeeds', async () => {
  const { patch } = await person({ emails: [WORK] });
  expect((await patch({ op: 'add', path: 'emails', value: [WORK] })).status).toBe(200);
});

requirement('7644-3.5.2.1-06', 'MUST', 'Adding an existing value does not change meta.lastModified', async () => {
  const { user, patch, read } = await person({ title: 'Boss' });
  await patch({ op: 'add', path: 'title', value: 'Boss' });
  expect((await read()).meta).toEqual(user.meta);
});

requirement('7644-3.5.2.2-01', 'MUST', 'A removed single-valued attribute is unassigned', async () => {
  const { patch, read } = await person({ title: 'Boss', name: { givenName: 'Kim' } });
  await patch({ op: 'remove', path: 'title' }, { op: 'remove', path: 'name' });
  const after = await read();
  expect(after).not.toHaveProperty('title');
  expect(after).not.toHaveProperty('name');
  const filter = `id eq "${after.id}" and (title pr or name.givenName pr)`;
  expect((await provider.read('/Users', { filter })).totalResults).toBe(0);
});

requirement('7644-3.5.2.2-02', 'MUST', 'A multi-valued attribute removed without a filter is unassigned', async () => {
  const { user, patch, read } = await person({ emails: [WORK, HOME] });
  await patch({ op: 'remove', path: 'emails' });
  expect(await read()).not.toHaveProperty('emails');
  const group = await provider.createGroup({ members: [{ value: user.id }] });
  await provider.scim.patch(`/Groups/${group.id}`, { op: 'remove', path: 'members' });
  expect(await provider.read(`/Groups/${group.id}`)).not.toHaveProperty('members');
});

requirement(
  '7644-3.5.2.2-03',
  'MUST',
  'When a filter on `value` removes the last value, the attribute is unassigned',
  async () => {
    const { user } = await person();
    const { id } = await provider.createGroup({ members: [{ value: user.id }] });
    await provider.scim.patch(`/Groups/${id}`, { op: 'remove', path: `members[value eq "${user.id}"]` });
    expect(await provider.read(`/Groups/${id}`)).not.toHaveProperty('members');
  },
);

requirement('7644-3.5.2.2-04', 'MUST', 'Removed sub-attributes are unassigned', async () => {
  const { patch, read } = await person({
    emails: [
      { ...WORK, display: 'Work' },
      { ...HOME, display: 'Home' },
    ],
  });
  await patch({ op: 'remove', path: 'emails[type eq "work"].display' });
  expect((await read()).emails).toEqual([WORK, { ...HOME, display: 'Home' }]);
});

requirement(
  '7644-3.5.2.2-05',
  'MUST',
  'When a filter removes the last record, the attribute is unassigned',
  async () => {
    const { patch, read } = await person({ emails: [WORK, HOME] });
    await patch({ op: 'remove', path: 'emails[type eq "work" and value ew "x.example"]' });
    expect((await read()).emails).toEqual([HOME]);
    await patch({ op: 'remove', path: 'emails[type eq "home"]' });
    expect(await read()).not.toHaveProperty('emails');
  },
);

requirement(
  '7644-3.5.2.2-06',
  'MUST',
  'Removing a required or a read-only attribute is rejected with 400 mutability',
  async () => {
    const { user, patch, read } = await person();
    for (const path of ['userName', 'id', 'meta', 'groups', 'meta.version']) {
      expect([path, refusal(await patch({ op: 'remove', path }))]).toEqual([path, [400, 'mutability']]);
    }
    expect(await read()).toEqual(user);
    const group = await provider.createGroup();
    const answer = await provider.scim.patch(`/Groups/${group.id}`, { op: 'remove', path: 'displayName' });
    expect(refusal(answer)).toEqual([400, 'mutability']);
  },
);

deviation(
  '7644-3.5.2.2-07',
  'MUST',
  'A removed optional attribute is unassigned: `active` too',
  'Removing `active` is rejected with 400 invalidValue, like setting it to null. A user without `active` is active, so the ' +
    'removal would silently enable a disabled user. Replace it with true or false instead.',
  async () => {
    for (const active of [true, false]) {
      const { user, patch, read } = await person({ active });
      for (const path of ['active', 'ACTIVE', `${USER}:active`]) {
        expect([path, refusal(await patch({ op: 'remove', path }))]).toEqual([path, [400, 'invalidValue']]);
      }
      expect(await read()).toEqual(user);
    }
  },
);

requirement(
  '7644-3.5.2.3-01',
  'MUST',
  'The value of a replace without a path contains the attributes to replace',
  async () => {
    const { patch, read } = await person({ nickName: 'Al', title: 'Boss', emails: [WORK] });
    await patch({ op: 'replace', value: { nickname: 'Babs', emails: [HOME] } });
    expect(await read()).toMatchObject({ nickName: 'Babs', title: 'Boss', emails: [HOME] });
    for (const value of ['Babs', 7, [], null]) {
      expect(refusal(await patch({ op: 'replace', value }))).toEqual([400, 'invalidValue']);
    }
  },
);

requirement('7644-3.5.2.3-02', 'MUST', 'Replacing an attribute without a value adds it', async () => {
  const { patch, read } = await person();
  await patch(
    { op: 'replace', path: 'title', value: 'Boss' },
    { op: 'replace', path: 'name.familyName', value: 'Moss' },
    { op: 'replace', path: 'emails', value: [WORK] },
    { op: 'replace', path: `${ENTERPRISE}:department`, value: 'Sales' },
  );
  expect(await read()).toMatchObject({
    title: 'Boss',
    name: { familyName: 'Moss' },
    emails: [WORK],
    [ENTERPRISE]: { department: 'Sales' },
  });
});

requirement(
  '7644-3.5.2.3-03',
  'MUST',
  'A replace at a complex attribute sets the given sub-attributes and keeps the others',
  async () => {
    const { patch, read } = await person({ name: { givenName: 'Kim', familyName: 'Moss' } });
    await patch({ op: 'replace', path: 'name', value: { familyName: 'Lund', middleName: 'A.' } });
    expect((await read()).name).toEqual({ givenName: 'Kim', familyName: 'Lund', middleName: 'A.' });
    expect(refusal(await patch({ op: 'replace', path: 'name', value: 'Lund' }))).toEqual([400, 'invalidValue']);
  },
);

requirement('7644-3.5.2.3-04', 'MUST', 'A replace with a filter replaces all values that match', async () => {
  const numbers = [
    { value: '1', type: 'work' },
    { value: '2', type: 'work' },
    { value: '3', type: 'home' },
  ];
  const { patch, read } = await person({ phoneNumbers: numbers });
  await patch({ op: 'replace', path: 'phoneNumbers[type eq "work"].display', value: 'Office' });
  expect((await read()).phoneNumbers).toEqual([
    { ...numbers[0], display: 'Office' },
    { ...numbers[1], display: 'Office' },
    numbers[2],
  ]);
  const value = { value: '9', type: 'home', display: 'New' };
  await patch({ op: 'replace', path: 'phoneNumbers[type eq "home"]', value });
  expect((await read()).phoneNumbers).toContainEqual(value);
  expect((await read()).phoneNumbers).toHaveLength(3);
});

deviation(
  '7644-3.5.2.3-05',
  'MUST',
  'A replace with a filter that matches nothing is rejected with 400 noTarget',
  'It creates the element when the filter names `primary` or a canonical `type`, or when `op` is spelled `Replace`: ' +
    'Entra expects `emails[type eq "work"].value` to do so. All other filters are rejected with noTarget.',
  async () => {
    const { user, patch, read } = await person();
    for (const path of ['emails[type eq "yacht"].value', 'emails[value eq "x@x.example"]', 'ims[display pr].value']) {
      const answer = await patch({ op: 'replace', path, value: 'x@x.example' });
      expect([path, refusal(answer)]).toEqual([path, [400, 'noTarget']]);
    }
    expect(withoutMeta(await read())).toEqual(withoutMeta(user));
    await patch({ op: 'replace', path: 'emails[type eq "work"].value', value: 'x@x.example' });
    expect((await read()).emails).toEqual([{ type: 'work', value: 'x@x.example' }]);
    await patch({ op: 'Replace', path: 'ims[type eq "yacht"].value', value: 'y' });
    expect((await read()).ims).toEqual([{ type: 'yacht', value: 'y' }]);
  },
);
