import { toList, toText } from '../../client/json.js';
import { toGroupBody } from '../../client/resource-body.js';
import { toEqualFilter } from '../../client/resource.js';
import type { CheckContext } from '../context/check-context.js';
import { TEMPLATE_PAGE, type Check } from '../context/check.js';
import { deleteIfSupported, requireDeletion } from './deletion.js';

/*
 * The template lets Entra send the requests of these tests. Here they are sent directly, in the form in which Entra sends them.
 */

const groups = { suite: 'Template: groups', source: TEMPLATE_PAGE } as const;

/** The template's tests of groups. */
export const TEMPLATE_GROUP_CHECKS: readonly Check[] = [
  {
    ...groups,
    name: 'Group_Create',
    sends: 'A search by displayName, a POST if no group is found, and a GET of the new group.',
    requires: 'An empty list, 201 with an id, and the displayName as sent.',
    run: async (context: CheckContext): Promise<void> => {
      const displayName = context.newGroupName();
      context.require(
        (await context.find('/Groups', 'displayName', displayName)).length === 0,
        'the group already exists',
      );
      const created = await context.create('/Groups', toGroupBody({ displayName }, { withAdscimSchema: true }));
      context.requireValues(await context.read('/Groups', toText(created['id'])), { displayName });
    },
  },
  {
    ...groups,
    name: 'Group_Update',
    sends: 'A PATCH that replaces the displayName of a group that has a member.',
    requires: '200 or 204; the displayName is changed, and the member remains.',
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
    sends: 'A DELETE of a group, then a GET. Skipped if the endpoint does not support DELETE.',
    requires: '204, then 404.',
    optional: true,
    run: (context) => requireDeletion(context, '/Groups', () => context.createGroup()),
  },
  {
    ...groups,
    name: 'Group_Add_Member',
    sends: 'A PATCH that adds two members, and another that adds one of them again.',
    requires: '200 or 204; each user is a member once.',
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
    requires: '200 or 204 for each; only the specified member is removed.',
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
    sends: 'The requests of on-demand provisioning: a POST, a PATCH with five members, and a search without members.',
    requires: 'All members are stored, and the search with excludedAttributes=members returns none of them.',
    run: async (context: CheckContext): Promise<void> => {
      const displayName = context.newGroupName();
      const id = await context.createGroup(displayName);
      const ids: string[] = [];
      for (let n = 0; n < 5; n++) ids.push(await context.createUser());
      await context.patch('/Groups', id, { op: 'Add', path: 'members', value: ids.map((value) => ({ value })) });
      const filter = toEqualFilter('displayName', displayName);
      const list = await context.list('/Groups', { excludedAttributes: 'members', filter });
      const found = context.requireObject(toList(list['Resources'])[0], 'the search does not find the group');
      context.require(found['id'] === id, 'the search finds another group');
      context.require(toList(found['members']).length === 0, 'the search returns members despite excludedAttributes');
      await context.requireMembers(id, ...ids);
    },
  },
  {
    ...groups,
    name: 'Group_Restore',
    sends: 'A DELETE of a group and a POST with the same displayName. Skipped if the endpoint does not support DELETE.',
    requires: '204, then 201.',
    optional: true,
    run: async (context: CheckContext): Promise<void> => {
      const displayName = context.newGroupName();
      await deleteIfSupported(context, '/Groups', await context.createGroup(displayName));
      await context.createGroup(displayName);
    },
  },
];
