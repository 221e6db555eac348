import { expect } from '@jest/globals';
import { ENTERPRISE, GROUP, NOBODY, USER, created, ok, refusal, useProvider } from './provider.js';
import { deviation, notOurs, requirement } from './requirement.js';

/* RFC 7643 §4 and §9: users, groups, the enterprise extension, and passwords. */

const provider = useProvider();
const create = (attributes: object) => provider.scim.post('/Users', { userName: provider.newName(), ...attributes });

requirement('7643-4.1.1-01', 'MUST', 'Every user has a userName, not empty', async () => {
  for (const userName of [undefined, null, '', '   ']) {
    expect(refusal(await provider.scim.post('/Users', { userName }))).toEqual([400, 'invalidValue']);
  }
  const { id } = await provider.createUser();
  const clear = await provider.scim.patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: '' });
  expect(refusal(clear)[0]).toBe(400);
});

requirement('7643-4.1.1-02', 'MUST', 'A userName is unique among users, in any case', async () => {
  const { userName } = await provider.createUser();
  expect(refusal(await provider.scim.post('/Users', { userName: userName.toUpperCase() }))).toEqual([
    409,
    'uniqueness',
  ]);
  const { id, userName: other } = await provider.createUser();
  expect(refusal(await provider.scim.put(`/Users/${id}`, { userName }))).toEqual([409, 'uniqueness']);
  const patch = await provider.scim.patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: userName });
  expect(refusal(patch)).toEqual([409, 'uniqueness']);
  expect((await provider.read(`/Users/${id}`)).userName).toBe(other);
});

requirement('7643-4.1.1-03', 'MUST', 'userName is required', async () => {
  const { attributes } = await provider.read(`/Schemas/${USER}`);
  const userName = attributes.find(({ name }: { name: string }) => name === 'userName');
  expect(userName).toMatchObject({ required: true, caseExact: false, uniqueness: 'server' });
  const { id } = await provider.createUser();
  expect(refusal(await provider.scim.put(`/Users/${id}`, { title: 'Boss' }))).toEqual([400, 'invalidValue']);
});

notOurs(
  '7643-4.1.1-04',
  'SHOULD',
  'name.formatted and the parts of a name describe the same name',
  'Both are stored as sent; the provider derives neither from the other.',
);

notOurs('7643-4.1.1-05', 'SHOULD', 'displayName is the full name of the user', 'It is stored as sent by the client.');

notOurs(
  '7643-4.1.1-06',
  'SHOULD',
  'displayName is how the user is shown to people',
  'It is stored as sent by the client.',
);

notOurs('7643-4.1.1-07', 'SHOULD', 'nickName is not used for the userName', 'It is stored as sent by the client.');

requirement('7643-4.1.1-08', 'MUST', 'A password is never returned, neither as text nor as a hash', async () => {
  const password = 't1meMa$heen';
  const answer = await create({ password });
  const { id } = created(answer);
  const set = await provider.scim.patch(`/Users/${id}`, { op: 'replace', path: 'password', value: password });
  const all = [answer, set, await provider.scim.get(`/Users/${id}`), await provider.scim.get('/Users')];
  for (const { body } of all) expect(JSON.stringify(body)).not.toMatch(/password|t1meMa|\$2[aby]\$|argon2/);
});

requirement('7643-4.1.1-09', 'SHOULD', 'A password that is held is hashed', async () => {
  await create({ password: 'held-in-no-form' });
  // No password is stored at all.
  expect(await provider.dump()).not.toContain('held-in-no-form');
});

deviation(
  '7643-4.1.1-10',
  'SHOULD',
  'A password is prepared, checked against a policy and hashed',
  'It is accepted and discarded: the directory does not authenticate users, but Entra may send a password.',
  async () => {
    const user = created(await create({ password: 'x' }));
    const answer = await provider.scim.patch(`/Users/${user.id}`, { op: 'replace', path: 'password', value: 'y' });
    expect(ok(answer)).toEqual(user);
    expect((await provider.read('/ServiceProviderConfig')).changePassword.supported).toBe(false);
    expect((await provider.read('/Users', { filter: 'password eq "x"' })).totalResults).toBe(0);
  },
);

notOurs('7643-4.1.1-11', 'MUST', 'A password is only transmitted over secure connections', 'It is never transmitted.');

notOurs('7643-4.1.1-12', 'MUST', 'A password that is stored temporarily is protected', 'It is never stored.');

requirement('7643-4.1.1-13', 'MUST', 'A password is not returned in any form, even on request', async () => {
  const { id } = created(await create({ password: 't1meMa$heen' }));
  for (const attributes of ['password', `${USER}:password`, 'PASSWORD,userName']) {
    const shown = await provider.read(`/Users/${id}`, { attributes });
    expect(Object.keys(shown).map((key) => key.toLowerCase())).not.toContain('password');
  }
});

notOurs('7643-4.1.2-01', 'SHOULD', 'An e-mail address has the form of RFC 5321', 'It is stored as sent by the client.');

deviation(
  '7643-4.1.2-02',
  'SHOULD',
  'E-mail addresses are returned in the canonical form of RFC 5321',
  'They are returned as they were sent, which Entra requires; comparison ignores case.',
  async () => {
    const emails = [{ value: 'Kim.Moss@FABRIKAM.example', type: 'work' }];
    expect(created(await create({ emails })).emails).toEqual(emails);
    const filter = 'emails[type eq "work" and value eq "kim.moss@fabrikam.example"]';
    expect((await provider.read('/Users', { filter })).totalResults).toBe(1);
  },
);

notOurs(
  '7643-4.1.2-03',
  'SHOULD',
  'A telephone number has the form of RFC 3966',
  'It is stored as sent by the client.',
);

deviation(
  '7643-4.1.2-04',
  'SHOULD',
  'Telephone numbers are returned in the canonical form of RFC 3966',
  'They are returned as they were sent: the documentation of Entra requires this for telephone numbers.',
  async () => {
    const phoneNumbers = [{ value: '+49 (0)221 555-0100', type: 'work' }];
    expect(created(await create({ phoneNumbers })).phoneNumbers).toEqual(phoneNumbers);
  },
);

deviation(
  '7643-4.1.2-05',
  'SHOULD',
  'Instant messaging addresses lose white space and capitals',
  'They are returned as they were sent, which Entra requires.',
  async () => {
    const ims = [{ value: 'Kim Moss', type: 'xmpp' }];
    expect(created(await create({ ims })).ims).toEqual(ims);
  },
);

requirement('7643-4.1.2-06', 'SHOULD', 'The type of an instant messaging address is one of those listed', async () => {
  const { attributes } = await provider.read(`/Schemas/${USER}`);
  const { subAttributes } = attributes.find(({ name }: { name: string }) => name === 'ims');
  const { canonicalValues } = subAttributes.find(({ name }: { name: string }) => name === 'type');
  const types = ['aim', 'gtalk', 'icq', 'xmpp', 'msn', 'skype', 'qq', 'yahoo', 'other'];
  expect(canonicalValues.sort()).toEqual(types.sort());
});

notOurs('7643-4.1.2-07', 'MUST', 'A photo is the URL of a file with an image', 'It is stored as sent by the client.');

notOurs('7643-4.1.2-08', 'SHOULD', 'A photo shows the user', 'It is stored as sent by the client.');

deviation(
  '7643-4.1.2-09',
  'MUST',
  'The country of an address is a code of ISO 3166-1 alpha-2',
  'It is stored as it was sent: Entra also maps names of countries, and the examples of the RFC contain `USA`.',
  async () => {
    const addresses = [{ type: 'work', country: 'USA' }];
    expect(created(await create({ addresses })).addresses).toEqual(addresses);
  },
);

requirement('7643-4.1.2-10', 'SHOULD', 'A membership of type `direct` can be changed through the group', async () => {
  const { id } = await provider.createUser();
  const group = await provider.createGroup({ members: [{ value: id }] });
  expect((await provider.read(`/Users/${id}`)).groups).toMatchObject([{ value: group.id, type: 'direct' }]);
  await provider.scim.patch(`/Groups/${group.id}`, { op: 'remove', path: `members[value eq "${id}"]` });
  expect(await provider.read(`/Users/${id}`)).not.toHaveProperty('groups');
});

requirement('7643-4.1.2-11', 'MUST', '`value` of a user’s group is the id of the group', async () => {
  const { id } = await provider.createUser();
  const group = await provider.createGroup({ members: [{ value: id }] });
  const [{ value, $ref }] = (await provider.read(`/Users/${id}`)).groups;
  expect([value, $ref]).toEqual([group.id, group.meta.location]);
});

requirement('7643-4.1.2-12', 'MUST', 'Memberships can only be changed through the group', async () => {
  const group = await provider.createGroup();
  const user = await provider.createUser({ groups: [{ value: group.id }] });
  await provider.scim.put(`/Users/${user.id}`, { userName: user.userName, groups: [{ value: group.id }] });
  const add = { op: 'add', path: 'groups', value: [{ value: group.id }] };
  expect(refusal(await provider.scim.patch(`/Users/${user.id}`, add))).toEqual([400, 'mutability']);
  expect(await provider.read(`/Groups/${group.id}`)).toEqual(group);
});

deviation(
  '7643-4.1.2-13',
  'MUST',
  'A certificate is base64 in the standard alphabet',
  'The URL-safe alphabet is accepted too, and values are returned unchanged; text that is not base64, such as PEM, is rejected.',
  async () => {
    const pem = '-----BEGIN CERTIFICATE-----\nMIIDQzCCAqw=\n-----END CERTIFICATE-----';
    expect(refusal(await create({ x509Certificates: [{ value: pem }] }))).toEqual([400, 'invalidValue']);
    for (const value of ['MIIDQzCCAqw=', 'MII+/zCC', 'MII-_zCC']) {
      expect(created(await create({ x509Certificates: [{ value }] })).x509Certificates).toEqual([{ value }]);
    }
  },
);

deviation(
  '7643-4.1.2-14',
  'MUST',
  'One value contains one certificate',
  'The content of the base64 is not inspected and is returned as it was sent.',
  async () => {
    const x509Certificates = [{ value: Buffer.from('not even one certificate').toString('base64') }];
    expect(created(await create({ x509Certificates })).x509Certificates).toEqual(x509Certificates);
  },
);

requirement('7643-4.2-01', 'MUST', 'Every group has a displayName', async () => {
  for (const displayName of [undefined, null, '', ' ']) {
    expect(refusal(await provider.scim.post('/Groups', { displayName }))).toEqual([400, 'invalidValue']);
  }
  const { attributes } = await provider.read(`/Schemas/${GROUP}`);
  expect(attributes.find(({ name }: { name: string }) => name === 'displayName').required).toBe(true);
});

requirement('7643-4.3-01', 'SHOULD', '`value` of a manager is the id of a user', async () => {
  const boss = await provider.createUser();
  const user = await provider.createUser({ [ENTERPRISE]: { manager: { value: boss.id } } });
  expect(user[ENTERPRISE].manager.value).toBe(boss.id);
  const unknown = await create({ [ENTERPRISE]: { manager: { value: NOBODY } } });
  expect(refusal(unknown)).toEqual([400, 'invalidValue']);
});

requirement('7643-4.3-02', 'SHOULD', '`$ref` of a manager is the URI of that user', async () => {
  const boss = await provider.createUser({ displayName: 'The Boss' });
  const { manager } = (await provider.createUser({ [ENTERPRISE]: { manager: { value: boss.id } } }))[ENTERPRISE];
  expect(manager).toEqual({ value: boss.id, $ref: boss.meta.location, displayName: 'The Boss' });
  // The schema of §8.7.1 allows a client to write it, instead of `value` or in addition to it.
  for (const sent of [{ $ref: boss.meta.location }, manager]) {
    expect((await provider.createUser({ [ENTERPRISE]: { manager: sent } }))[ENTERPRISE].manager).toEqual(manager);
  }
  const wrong = await create({ [ENTERPRISE]: { manager: { $ref: `${provider.directory.scimUrl}/Users/${NOBODY}` } } });
  expect(refusal(wrong)).toEqual([400, 'invalidValue']);
});

requirement('7643-9.2-01', 'MUST', 'No password is stored as text', async () => {
  const password = 'stored-in-no-table';
  const { id } = created(await create({ password }));
  await provider.scim.patch(`/Users/${id}`, { op: 'replace', value: { password, title: 'kept-in-a-table' } });
  const stored = await provider.dump();
  expect(stored).toContain('kept-in-a-table');
  expect(stored).not.toContain(password);
});

requirement(
  '7643-9.2-02',
  'SHOULD',
  'Stored credentials are protected as recommended in RFC 6819 §5.1.4.1',
  async () => {
    const stored = await provider.dump();
    expect(stored).toContain(provider.directory.scimTokenId);
    expect(stored).not.toContain(provider.directory.scimToken);
    expect(stored).not.toContain(Buffer.from(provider.directory.scimToken).toString('hex'));
  },
);
