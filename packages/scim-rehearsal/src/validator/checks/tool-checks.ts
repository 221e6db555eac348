import type { Operation } from '../../client/patch-body.js';
import { toGroupBody, type Values } from '../../client/resource-body.js';
import { SCIM_MEDIA_TYPE } from '../../client/scim-client.js';
import { show, toActiveUserBody, type CheckContext } from '../context/check-context.js';
import { CheckFailed, NotApplicable } from '../context/check-failed.js';
import { TOOL_PAGE, type Check } from '../context/check.js';
import { sampleValues } from '../context/sample-values.js';
import { findDisputedAttributes } from './disputed-attributes.js';

const suite = 'SCIM Validator';
const SCIMMY_ISSUE = 'https://github.com/scimmyjs/scimmy/issues/59';
const ROUTERS_ISSUE = 'https://github.com/scimmyjs/scimmy-routers/issues/10';
const GATEWAY_ISSUE = 'https://github.com/jelhub/scimgateway/issues/89';
const MIXED_REQUEST = 'https://github.com/sourcegraph/sourcegraph-public-snapshot/pull/49119';

/** The documented checks of users in the web tool, and undocumented ones known from reports of its users. */
export const TOOL_USER_CHECKS: readonly Check[] = [
  {
    name: 'Create_New_User',
    suite,
    sends: 'A POST of a user with every published attribute.',
    requires: '201 with an id; the user is found by userName, with every value as sent.',
    source: TOOL_PAGE,
    run: async (context: CheckContext): Promise<void> => {
      const userName = context.newUserName();
      const values = sampleValues(userName, context.published.attributes);
      const id = await context.createUser(values, userName);
      const found = await context.requireFound('/Users', id, 'userName', userName);
      context.requireValues(found, { userName, ...values });
    },
  },
  {
    name: 'Create_Duplicate_User',
    suite,
    sends: 'The same POST of a user, twice.',
    requires: '201, then 409.',
    source: TOOL_PAGE,
    run: async (context: CheckContext): Promise<void> => {
      const userName = context.newUserName();
      const values = sampleValues(userName, context.published.required);
      await context.createUser(values, userName);
      await context.create('/Users', toActiveUserBody(userName, values), [409]);
    },
  },
  {
    name: 'Add_Attributes',
    suite,
    sends:
      'A POST with the required attributes, then a PATCH that adds every published attribute, by filtered paths too.',
    requires: '200 or 204; every value is stored, including the elements that filtered paths create.',
    source: MIXED_REQUEST,
    run: async (context: CheckContext): Promise<void> => {
      const name = context.newUserName();
      const id = await context.createUser(sampleValues(name, context.published.required), name);
      const values = sampleValues(name, context.published.changeable, true);
      await context.patch('/Users', id, ...Object.entries(values).map(([path, value]) => ({ op: 'add', path, value })));
      context.requireValues(await context.requireFound('/Users', id, 'userName', name), values);
    },
  },
  {
    name: 'Replace_User_Attributes',
    suite,
    sends: 'A PATCH that replaces filtered paths one by one and all other attributes in one operation without a path.',
    requires: '200 or 204; every value is changed, and other elements of the lists remain.',
    source: MIXED_REQUEST,
    run: async (context: CheckContext): Promise<void> => {
      const name = context.newUserName();
      const { attributes, changeable } = context.published;
      const isHome = ({ path }: { readonly path: string }) => path.startsWith('emails[type eq "home"]');
      const id = await context.createUser(sampleValues(name, attributes), name);
      const untouched = sampleValues(name, attributes.filter(isHome));
      const values = sampleValues(
        name,
        changeable.filter((one) => !isHome(one)),
        true,
      );
      await context.patch('/Users', id, ...toReplacements(values));
      context.requireValues(await context.read('/Users', id), { ...values, ...untouched });
    },
  },
  {
    name: 'Remove_Attributes',
    suite,
    sends: 'A PATCH that removes optional attributes by their paths.',
    requires: '200 or 204; afterwards, all of them are absent.',
    source: TOOL_PAGE,
    run: async (context: CheckContext): Promise<void> => {
      const { optional } = context.published;
      const name = context.newUserName();
      if (optional.length === 0) throw new NotApplicable('no optional attribute is published');
      const id = await context.createUser(sampleValues(name, context.published.attributes), name);
      await context.patch('/Users', id, ...optional.map(({ path }) => ({ op: 'remove', path })));
      context.requireEmpty(await context.read('/Users', id), optional);
    },
  },
  {
    name: 'Update_Joining_Property',
    suite,
    sends: 'A PATCH that replaces userName.',
    requires: '200 or 204; the user is found by the new name and no longer by the old one.',
    source: TOOL_PAGE,
    run: async (context: CheckContext): Promise<void> => {
      const before = context.newUserName();
      const after = context.newUserName();
      const id = await context.createUser(undefined, before);
      await context.patch('/Users', id, { op: 'replace', path: 'userName', value: after });
      await context.requireFound('/Users', id, 'userName', after);
      context.require(
        (await context.find('/Users', 'userName', before)).length === 0,
        'the user is still found by the old name',
      );
    },
  },
  {
    name: 'Update_Active_To_False',
    suite,
    sends: 'A PATCH that replaces active with the boolean false.',
    requires: '200 or 204; the user is still found by userName, with active false.',
    source: TOOL_PAGE,
    run: async (context: CheckContext): Promise<void> => {
      const userName = context.newUserName();
      const id = await context.createUser(undefined, userName);
      await context.patch('/Users', id, { op: 'replace', path: 'active', value: false });
      const found = await context.requireFound('/Users', id, 'userName', userName);
      context.require(found['active'] === false, `active is ${show(found['active'])}`);
    },
  },
  {
    name: 'Filter_Without_Case',
    suite,
    sends: 'A filter on userName in upper case.',
    requires: 'The user is found: userName is case-insensitive (RFC 7643 §4.1.1).',
    source: GATEWAY_ISSUE,
    run: async (context: CheckContext): Promise<void> => {
      const userName = context.newUserName();
      const id = await context.createUser(undefined, userName);
      await context.requireFound('/Users', id, 'userName', userName.toUpperCase());
    },
  },
  {
    name: 'Empty_Operations',
    suite,
    sends: 'A PATCH with an empty list of operations.',
    requires: '200 or 204, without a change. RFC 7644 §3.5.2 requires at least one operation; the tool sends none.',
    source: SCIMMY_ISSUE,
    run: async (context: CheckContext): Promise<void> => {
      const userName = context.newUserName();
      const id = await context.createUser(undefined, userName);
      await context.patch('/Users', id);
      context.requireValues(await context.read('/Users', id), { userName });
    },
  },
  {
    name: 'Media_Type',
    suite,
    sends: 'A GET of a list.',
    requires: `The media type of the response is ${SCIM_MEDIA_TYPE}; application/json fails.`,
    source: GATEWAY_ISSUE,
    run: async (context: CheckContext): Promise<void> => {
      const { headers } = await context.send('GET', '/Users', [200], { query: { count: 1 } });
      const type = headers['content-type'] ?? 'absent';
      context.require(type.toLowerCase().startsWith(SCIM_MEDIA_TYPE), `the media type is ${type}`);
    },
  },
  {
    name: 'Test_Schema',
    suite,
    sends: 'GET /Schemas.',
    requires:
      'No password, emails.display or emails.primary for users: they make the tool refuse the discovered schema before ' +
      'any test. RFC 7643 §8.7.1 defines all three, and Entra accepts them.',
    source: ROUTERS_ISSUE,
    // A fault of the tool: the attributes only need to be omitted while using it.
    optional: true,
    run: async (context: CheckContext): Promise<void> => {
      const found = findDisputedAttributes(context.published.schemas);
      if (found === undefined) throw new NotApplicable('/Schemas publishes no schema of users');
      if (found.length > 0) throw new CheckFailed(`/Schemas publishes ${found.join(', ')}`, undefined);
    },
  },
];

/** The checks of groups in the web tool. */
export const TOOL_GROUP_CHECKS: readonly Check[] = [
  {
    name: 'Create_New_Group',
    suite,
    sends: 'A POST of a group.',
    requires: '201 with an id; the group is found by displayName.',
    source: TOOL_PAGE,
    run: async (context: CheckContext): Promise<void> => {
      const displayName = context.newGroupName();
      const id = await context.createGroup(displayName);
      await context.requireFound('/Groups', id, 'displayName', displayName);
    },
  },
  {
    name: 'Create_Duplicate_Group',
    suite,
    sends: 'The same POST of a group, twice.',
    requires: '201, then 409.',
    source: TOOL_PAGE,
    run: async (context: CheckContext): Promise<void> => {
      const displayName = context.newGroupName();
      await context.createGroup(displayName);
      await context.create('/Groups', toGroupBody({ displayName }), [409]);
    },
  },
  {
    name: 'Update_Group_Attributes',
    suite,
    sends: 'A PATCH that replaces displayName.',
    requires: '200 or 204; the group is found by the new name.',
    source: TOOL_PAGE,
    run: async (context: CheckContext): Promise<void> => {
      const after = context.newGroupName();
      const id = await context.createGroup();
      await context.patch('/Groups', id, { op: 'replace', path: 'displayName', value: after });
      await context.requireFound('/Groups', id, 'displayName', after);
    },
  },
  {
    name: 'Add_Member_To_Group',
    suite,
    sends: 'A PATCH that adds a user to members.',
    requires: '200 or 204. Only the template checks that the user is a member.',
    source: TOOL_PAGE,
    run: async (context: CheckContext): Promise<void> => {
      const userId = await context.createUser();
      const id = await context.createGroup();
      await context.patch('/Groups', id, { op: 'add', path: 'members', value: [{ value: userId }] });
    },
  },
];

function toReplacements(values: Values): Operation[] {
  const entries = Object.entries(values);
  const rest = entries.filter(([path]) => !path.includes('['));
  return [
    ...entries.filter(([path]) => path.includes('[')).map(([path, value]) => ({ op: 'replace', path, value })),
    ...(rest.length > 0 ? [{ op: 'replace', value: Object.fromEntries(rest) }] : []),
  ];
}
