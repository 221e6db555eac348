import { toList, toText } from '../../client/json.js';
import { TEMPLATE_PAGE, type Check } from '../context/check.js';
import { requireDeletion, deleteOffered } from './deletion.js';
import { toGroupBody } from '../context/sample-values.js';
import type { CheckContext } from '../context/check-context.js';

/*
 * The tests that the template lets Entra make. Here they are sent directly, in the shapes in which Entra sends them.
 */

const groups = { suite: 'Template: groups', source: TEMPLATE_PAGE } as const;

/** Entra adds it to every group it creates; no SCIM server knows it. */
const ADSCIM_GROUP_URN = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group';

/** The template's tests of groups. */
export const TEMPLATE_GROUP_CHECKS: readonly Check[] = [
  {
    ...groups,
    name: 'Group_Create',
    sends: 'A look-up by displayName, a POST where none is found, a GET of the new group.',
    requires: 'An empty list, 201 with an id, and the displayName as it was sent.',
    run: async (context: CheckContext): Promise<void> => {
      const displayName = context.newGroupName();
      context.require((await context.find('/Groups', 'displayName', displayName)).length === 0, 'it is there already');
      const created = await context.create('/Groups', toGroupBody(displayName, ADSCIM_GROUP_URN));
      context.requireValues(await context.read('/Groups', toText(created['id'])), { displayName });
    },
  },
  {
    ...groups,
    name: 'Group_Update',
    sends: 'A PATCH that replaces the displayName of a group with a member.',
    requires: '200 or 204; the displayName is the new one, and the member is still there.',
    run: async (context: CheckContext): Promise<void> => {
      const userId = await context.createUser();
      const id = await context.createGroup();
      const displayName = context.newGroupName();
      await context.patch('/Groups', id, { op: 'Add', path: 'members', value: [{ value: userId }] });
      await context.patch('/Groups', id, { op: 'Replace', path: 'displayName', value: displayName });
      context.requireValues(await context.read('/Groups', id), { displayName });
      await context.requireMembers(id, userId);
    },
  },
  {
    ...groups,
    name: 'Group_Delete',
    sends: 'A DELETE of a group, then a GET. Skipped where the endpoint offers no DELETE.',
    requires: '204, then 404.',
    optional: true,
    run: (context) => requireDeletion(context, '/Groups', () => context.createGroup()),
  },
  {
    ...groups,
    name: 'Group_Add_Member',
    sends: 'A PATCH that adds two members at once, and one of them again.',
    requires: '200 or 204; each is a member once.',
    run: async (context: CheckContext): Promise<void> => {
      const ids = [await context.createUser(), await context.createUser()];
      const id = await context.createGroup();
      const value = ids.map((one) => ({ $ref: null, value: one }));
      await context.patch('/Groups', id, { op: 'Add', path: 'members', value });
      await context.patch('/Groups', id, { op: 'Add', path: 'members', value: value.slice(0, 1) });
      await context.requireMembers(id, ...ids);
    },
  },
  {
    ...groups,
    name: 'Group_Remove_Member',
    sends: 'A PATCH that removes one of three members by a list in its value, then one by a filter in its path.',
    requires: '200 or 204 each; only the one that was named is gone.',
    run: async (context: CheckContext): Promise<void> => {
      const [first, second, third] = [
        await context.createUser(),
        await context.createUser(),
        await context.createUser(),
      ];
      const id = await context.createGroup();
      const value = [first, second, third].map((one) => ({ value: one }));
      await context.patch('/Groups', id, { op: 'Add', path: 'members', value });
      await context.patch('/Groups', id, { op: 'Remove', path: 'members', value: [{ value: first }] });
      await context.requireMembers(id, second, third);
      await context.patch('/Groups', id, { op: 'remove', path: `members[value eq "${second}"]` });
      await context.requireMembers(id, third);
    },
  },
  {
    ...groups,
    name: 'POD_Group',
    sends: 'What on-demand provisioning sends: a POST, five members in one PATCH, a look-up without members.',
    requires: 'Every member is there, and the look-up brings none of them: excludedAttributes=members.',
    run: async (context: CheckContext): Promise<void> => {
      const displayName = context.newGroupName();
      const id = await context.createGroup(displayName);
      const ids: string[] = [];
      for (let n = 0; n < 5; n++) ids.push(await context.createUser());
      await context.patch('/Groups', id, { op: 'Add', path: 'members', value: ids.map((value) => ({ value })) });
      const filter = `displayName eq ${JSON.stringify(displayName)}`;
      const list = await context.list('/Groups', { excludedAttributes: 'members', filter });
      const found = context.requireObject(toList(list['Resources'])[0], 'the look-up does not find the group');
      context.require(found['id'] === id, 'the look-up finds another group');
      context.require(toList(found['members']).length === 0, 'the look-up brings members that were to be left out');
      await context.requireMembers(id, ...ids);
    },
  },
  {
    ...groups,
    name: 'Group_Restore',
    sends: 'A DELETE of a group and a POST with the same displayName. Skipped where the endpoint offers no DELETE.',
    requires: '204, then 201.',
    optional: true,
    run: async (context: CheckContext): Promise<void> => {
      const displayName = context.newGroupName();
      await deleteOffered(context, '/Groups', await context.createGroup(displayName));
      await context.createGroup(displayName);
    },
  },
];
