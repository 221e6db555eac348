import { toList, toText } from '../../client/json.js';
import { TEMPLATE_PAGE, type Check } from '../context/check.js';
import { requireDeletion, deleteOffered } from './deletion.js';
import { requireManager } from './manager-phases.js';
import { sampleValues, toUserBody } from '../context/sample-values.js';
import { show, type CheckContext } from '../context/check-context.js';

/*
 * The tests that the template lets Entra make. Here they are sent directly, in the shapes in which Entra sends them.
 */

const users = { suite: 'Template: users', source: TEMPLATE_PAGE } as const;

/** The template's tests of users. */
export const TEMPLATE_USER_CHECKS: readonly Check[] = [
  {
    ...users,
    name: 'User_Create',
    sends: 'A look-up by userName, a POST where nobody is found, a GET of the new user.',
    requires: 'An empty list, 201 with an id, and every value as it was sent.',
    run: async (context: CheckContext): Promise<void> => {
      const userName = context.newName();
      // Who has no role is created with an empty list of them.
      const attributes = context.published.attributes.filter(({ path }) => !path.startsWith('roles'));
      const values = sampleValues(userName, attributes);
      context.require((await context.find('/Users', 'userName', userName)).length === 0, 'somebody is there already');
      const created = await context.create('/Users', { ...toUserBody(userName, values), roles: [] });
      context.requireValues(await context.read('/Users', toText(created['id'])), { userName, ...values });
    },
  },
  {
    ...users,
    name: 'User_Update',
    sends: 'A PATCH with a Replace for every plain attribute, each with its path.',
    requires: '200 or 204; every value is the new one.',
    run: async (context: CheckContext): Promise<void> => {
      const plain = context.published.changeable.filter(({ path }) => !path.includes('['));
      const name = context.newName();
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
    sends: 'A PATCH that replaces active with the text "False", as Entra does without aadOptscim062020.',
    requires: '200 or 204; the user is still there, with active false.',
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
    sends: 'A DELETE of a user, then a GET. Skipped where the endpoint offers no DELETE.',
    requires: '204, then 404.',
    optional: true,
    run: (context) => requireDeletion(context, '/Users', () => context.createUser()),
  },
  {
    ...users,
    name: 'User_Update_Manager',
    sends: 'The manager as a bare id, as Entra sends it: added, then replaced by another, then by an empty value.',
    requires: '200 or 204 each; the manager is the one set, then the other, then none.',
    run: (context) => requireManager(context, 'capital', (id) => id),
  },
  {
    ...users,
    name: 'User_Restore',
    sends: 'A disable and an enable of a member of a group.',
    requires: 'active is true again, and the membership still stands: Entra does not send it a second time.',
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
    sends: 'A DELETE of a user and a POST with the same userName. Skipped where the endpoint offers no DELETE.',
    requires: '204, then 201: a restored user may be one who was gone.',
    optional: true,
    run: async (context: CheckContext): Promise<void> => {
      const userName = context.newName();
      const id = await context.createUser(undefined, userName);
      await deleteOffered(context, '/Users', id);
      await context.createUser(undefined, userName);
    },
  },
  {
    ...users,
    name: 'POD_User',
    sends: 'What on-demand provisioning sends: the test of the connection, a look-up, a POST, a change.',
    requires: 'A look-up without a match answers 200 and an empty list; the change is there.',
    run: async (context: CheckContext): Promise<void> => {
      const nobody = await context.list('/Users', { filter: `userName eq "${context.newName()}"` });
      context.require(toList(nobody['Resources']).length === 0, 'a look-up of nobody finds somebody');
      context.require(nobody['totalResults'] === 0, 'totalResults of a list without resources is not 0');
      const userName = context.newName();
      const after = context.newName();
      const id = await context.createUser(undefined, userName);
      await context.patch('/Users', id, { op: 'Replace', path: 'userName', value: after });
      context.requireValues(await context.read('/Users', id), { userName: after });
    },
  },
];
