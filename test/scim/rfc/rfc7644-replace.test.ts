import { expect } from '@jest/globals';
import { ENTERPRISE, NOBODY, USER, created, ok, refusal, useProvider } from './provider.js';
import { deviation, requirement } from './requirement.js';

/* RFC 7644 §3.5 and §3.5.1: replacing with PUT. */

const provider = useProvider();
const BADGE = 'urn:ietf:params:scim:schemas:extension:Badge:2.0:User';

requirement('7644-3.5-01', 'MUST', 'PUT is supported', async () => {
  const { id, userName } = await provider.createUser({ title: 'Aide' });
  const answer = await provider.scim.put(`/Users/${id}`, { schemas: [USER], userName, title: 'Boss' });
  expect(ok(answer)).toMatchObject({ id, userName, title: 'Boss' });
  expect(await provider.read(`/Users/${id}`)).toEqual(answer.body);
  const group = await provider.createGroup();
  const displayName = provider.newName();
  expect(ok(await provider.scim.put(`/Groups/${group.id}`, { displayName })).displayName).toBe(displayName);
});

requirement('7644-3.5-02', 'SHOULD', 'PATCH is supported', async () => {
  const { id } = await provider.createUser();
  const operation = { op: 'add', path: 'title', value: 'Boss' };
  expect(ok(await provider.scim.patch(`/Users/${id}`, operation)).title).toBe('Boss');
  expect((await provider.read('/ServiceProviderConfig')).patch.supported).toBe(true);
});

requirement('7644-3.5.1-01', 'MUST', 'PUT at an unknown id does not create a resource', async () => {
  const { displayName } = await provider.createGroup();
  expect(refusal(await provider.scim.put(`/Groups/${NOBODY}`, { displayName: `${displayName} 2` }))).toEqual([404]);
  expect((await provider.read('/Groups', { filter: `displayName eq "${displayName} 2"` })).totalResults).toBe(0);
  expect(refusal(await provider.scim.get(`/Groups/${NOBODY}`))).toEqual([404]);
});

requirement('7644-3.5.1-02', 'MUST', 'Values of writable attributes replace the old ones', async () => {
  const { id, userName } = await provider.createUser({
    nickName: 'Al',
    emails: [{ value: 'old@x.example', type: 'work' }],
    [ENTERPRISE]: { department: 'Sales', division: 'North' },
  });
  const next = {
    userName: `new-${userName}`,
    nickName: 'Bo',
    emails: [{ value: 'new@x.example', type: 'home' }],
    [ENTERPRISE]: { department: 'Service' },
  };
  expect(ok(await provider.scim.put(`/Users/${id}`, next))).toMatchObject(next);
  const read = await provider.read(`/Users/${id}`);
  expect([read.emails, read[ENTERPRISE]]).toEqual([next.emails, next[ENTERPRISE]]);
});

requirement(
  '7644-3.5.1-03',
  'MUST',
  'The provider decides whether omitted attributes are cleared or set to a default',
  async () => {
    const member = await provider.createUser({ title: 'Boss', active: false });
    const put = await provider.scim.put(`/Users/${member.id}`, { userName: member.userName });
    // Cleared, except for `active`: a client that does not know it would enable a user that another client has disabled.
    expect(ok(put)).not.toHaveProperty('title');
    expect(put.body.active).toBe(false);
    const group = await provider.createGroup({ members: [{ value: member.id }] });
    const { displayName, id } = group;
    expect(ok(await provider.scim.put(`/Groups/${id}`, { displayName })).members).toHaveLength(1);
    expect(ok(await provider.scim.put(`/Groups/${id}`, { displayName, members: [] }))).not.toHaveProperty('members');
  },
);

deviation(
  '7644-3.5.1-04',
  'MUST',
  'A value for an immutable attribute with a value is the same',
  'A member is identified by its `value`, which determines its `type` and `$ref`. Values of a client for them are not ' +
    'compared, because Entra sends `$ref: null`. No other attribute of the core schemas is immutable.',
  async () => {
    const { id: value } = await provider.createUser();
    const { id, displayName, members } = await provider.createGroup({ members: [{ value }] });
    const sent = [{ value, type: 'Group', $ref: null }];
    expect(ok(await provider.scim.put(`/Groups/${id}`, { displayName, members: sent })).members).toEqual(members);
  },
);

requirement(
  '7644-3.5.1-05',
  'SHOULD',
  'A different value for an immutable attribute is rejected with 400 mutability',
  async () => {
    const { scim } = await provider.openExtendedTenant(BADGE, [{ name: 'serial', mutability: 'immutable' }]);
    const { id, ...user } = created(await scim.post('/Users', { userName: 'anna', [BADGE]: { serial: '7' } }));
    expect(refusal(await scim.put(`/Users/${id}`, { ...user, [BADGE]: { serial: '8' } }))).toEqual([400, 'mutability']);
    expect(ok(await scim.put(`/Users/${id}`, user))[BADGE]).toEqual({ serial: '7' });
  },
);

requirement('7644-3.5.1-06', 'MUST', 'A value for an immutable attribute without a value is accepted', async () => {
  const { scim } = await provider.openExtendedTenant(BADGE, [{ name: 'serial', mutability: 'immutable' }]);
  const { id, ...user } = created(await scim.post('/Users', { userName: 'anna' }));
  expect(ok(await scim.put(`/Users/${id}`, { ...user, [BADGE]: { serial: '7' } }))[BADGE]).toEqual({ serial: '7' });
});

requirement('7644-3.5.1-07', 'MUST', 'Values of read-only attributes are ignored', async () => {
  const user = await provider.createUser();
  const forged = { id: NOBODY, meta: { created: '2001-01-01T00:00:00Z' }, groups: [{ value: NOBODY }] };
  const answer = ok(await provider.scim.put(`/Users/${user.id}`, { ...forged, userName: user.userName }));
  expect(answer).toEqual(user);
});

requirement('7644-3.5.1-08', 'MUST', 'A PUT without a required attribute is rejected', async () => {
  const { id, userName } = await provider.createUser();
  for (const body of [{}, { userName: '' }, { userName: null }, { title: 'Boss' }]) {
    expect(refusal(await provider.scim.put(`/Users/${id}`, body))).toEqual([400, 'invalidValue']);
  }
  expect((await provider.read(`/Users/${id}`)).userName).toBe(userName);
  const group = await provider.createGroup();
  expect(refusal(await provider.scim.put(`/Groups/${group.id}`, { members: [] }))).toEqual([400, 'invalidValue']);
});
