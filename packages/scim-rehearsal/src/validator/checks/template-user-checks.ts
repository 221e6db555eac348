import { toList, toText } from '../../client/json.js';
import { toEqualFilter } from '../../client/resource.js';
import { show, toActiveUserBody, type CheckContext } from '../context/check-context.js';
import { TEMPLATE_PAGE, type Check } from '../context/check.js';
import { sampleValues } from '../context/sample-values.js';
import { deleteIfSupported, requireDeletion } from './deletion.js';
import { requireManager } from './manager-phases.js';

/*
 * The template lets Entra send the requests of these tests. Here they are sent directly, in the form in which Entra sends them.
 */

const users = { suite: 'Template: users', source: TEMPLATE_PAGE } as const;

/** The template's tests of users. */
export const TEMPLATE_USER_CHECKS: readonly Check[] = [
  {
    ...users,
    name: 'User_Create',
    sends: 'A search by userName, a POST if no user is found, and a GET of the new user.',
    requires: 'An empty list, 201 with an id, and every value as sent.',
    run: async (context: CheckContext): Promise<void> => {
      const userName = context.newUserName();
      // The POST of a user without roles contains an empty list of them.
      const attributes = context.published.attributes.filter(({ path }) => !path.startsWith('roles'));
      const values = sampleValues(userName, attributes);
      context.require((await context.find('/Users', 'userName', userName)).length === 0, 'the user already exists');
      const created = await context.create('/Users', { ...toActiveUserBody(userName, values), roles: [] });
      context.requireValues(await context.read('/Users', toText(created['id'])), { userName, ...values });
    },
  },
  {
    ...users,
    name: 'User_Update',
    sends: 'A PATCH with a Replace operation for every attribute without a filter in its path.',
    requires: '200 or 204; every value is changed.',
    run: async (context: CheckContext): Promise<void> => {
      const plain = context.published.changeable.filter(({ path }) => !path.includes('['));
      const name = context.newUserName();
      const id = await context.createUser(sampleValues(name, context.published.attributes), name);
      const values = sampleValues(name, plain, true);
      const operations = Object.entries(values).map(([path, value]) => ({ op: 'Replace', path, value }));
      await context.patch('/Users', id, ...operations);
      context.requireValues(await context.read('/Users', id), values);
    },
  },
  {
    ...users,
    name: 'User_Disable',
    sends: 'A PATCH that replaces active with the string "False", as Entra does without aadOptscim062020.',
    requires: '200 or 204; the user still exists, with active false.',
    run: async (context: CheckContext): Promise<void> => {
      const id = await context.createUser();
      await context.patch('/Users', id, { op: 'Replace', path: 'active', value: 'False' });
      const { active } = await context.read('/Users', id);
      context.require(active === false, `active is ${show(active)} instead of false`);
    },
  },
  {
    ...users,
    name: 'User_Delete',
    sends: 'A DELETE of a user, then a GET. Skipped if the endpoint does not support DELETE.',
    requires: '204, then 404.',
    optional: true,
    run: (context) => requireDeletion(context, '/Users', () => context.createUser()),
  },
  {
    ...users,
    name: 'User_Update_Manager',
    sends: 'The manager as a bare id, as Entra sends it: added, replaced, then replaced with an empty value.',
    requires: '200 or 204 for each; the manager is the first one, then the second, then none.',
    run: (context) => requireManager(context, 'capital', (id) => id),
  },
  {
    ...users,
    name: 'User_Restore',
    sends: 'Disables and enables a user who is a member of a group.',
    requires: 'active is true again, and the membership remains, since Entra does not send it again.',
    run: async (context: CheckContext): Promise<void> => {
      const id = await context.createUser();
      const groupId = await context.createGroup();
      await context.patch('/Groups', groupId, { op: 'add', path: 'members', value: [{ value: id }] });
      await context.patch('/Users', id, { op: 'replace', path: 'active', value: false });
      await context.patch('/Users', id, { op: 'replace', path: 'active', value: true });
      const { active } = await context.read('/Users', id);
      context.require(active === true, `active is ${show(active)} instead of true`);
      await context.requireMembers(groupId, id);
    },
  },
  {
    ...users,
    name: 'User_Create_Again',
    sends: 'A DELETE of a user and a POST with the same userName. Skipped if the endpoint does not support DELETE.',
    requires: '204, then 201: a deleted user can be restored.',
    optional: true,
    run: async (context: CheckContext): Promise<void> => {
      const userName = context.newUserName();
      const id = await context.createUser(undefined, userName);
      await deleteIfSupported(context, '/Users', id);
      await context.createUser(undefined, userName);
    },
  },
  {
    ...users,
    name: 'POD_User',
    sends: 'The requests of on-demand provisioning: Test Connection, a search, a POST and a PATCH.',
    requires: 'A search without a match returns 200 and an empty list; the change is stored.',
    run: async (context: CheckContext): Promise<void> => {
      const empty = await context.list('/Users', { filter: toEqualFilter('userName', context.newUserName()) });
      context.require(toList(empty['Resources']).length === 0, 'a search for an unknown user finds one');
      context.require(empty['totalResults'] === 0, 'totalResults of an empty list is not 0');
      const userName = context.newUserName();
      const after = context.newUserName();
      const id = await context.createUser(undefined, userName);
      await context.patch('/Users', id, { op: 'Replace', path: 'userName', value: after });
      context.requireValues(await context.read('/Users', id), { userName: after });
    },
  },
];
