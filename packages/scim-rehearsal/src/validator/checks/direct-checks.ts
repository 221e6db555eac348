import { isObject, toList, toText } from '../../client/json.js';
import { toGroupBody } from '../../client/resource-body.js';
import type { Collection } from '../../client/resource.js';
import { ENTERPRISE_URN, GROUP_URN, USER_URN } from '../../client/urns.js';
import { show, toActiveUserBody, type CheckContext } from '../context/check-context.js';
import { NotApplicable } from '../context/check-failed.js';
import { TEMPLATE_PAGE, type Check } from '../context/check.js';
import { requireCredentials } from '../context/client-credentials.js';
import { sampleValues } from '../context/sample-values.js';
import { requireManager } from './manager-phases.js';
import { findSchemaFault } from './schema-form.js';

const direct = { suite: 'Template: SCIM', source: TEMPLATE_PAGE } as const;

/** The number of resources that the pagination tests need at least, and the size of a page. */
const MIN_LISTED = 11;
const PAGE_SIZE = 5;

/** The tests whose requests the template sends itself. */
export const DIRECT_CHECKS: readonly Check[] = [
  {
    ...direct,
    name: 'Schema_Discoverability',
    sends: 'GET /Schemas.',
    requires:
      'A ListResponse with the schemas of users and groups; type, mutability, returned and uniqueness exactly as ' +
      'defined in RFC 7643 §7; members without a value are omitted, not null.',
    run: async (context: CheckContext): Promise<void> => {
      const schemas = toList((await context.list('/Schemas'))['Resources']).filter(isObject);
      for (const urn of [USER_URN, GROUP_URN]) {
        context.require(
          schemas.some((one) => one['id'] === urn),
          `${urn} is not published`,
        );
      }
      for (const schema of schemas) {
        const fault = findSchemaFault(schema);
        context.require(fault === undefined, fault ?? '');
      }
    },
  },
  {
    ...direct,
    name: 'Null_Update',
    sends:
      'A PATCH that sets optional strings to empty strings and, for another user, all optional attributes to null.',
    requires: '200 or 204 for each; afterwards, every attribute is absent, null or empty.',
    run: async (context: CheckContext): Promise<void> => {
      const { optional } = context.published;
      if (optional.length === 0) throw new NotApplicable('no optional attribute is published');
      const strings = optional.filter(({ type }) => type === 'string');
      for (const [value, cleared] of [
        ['', strings],
        [null, optional],
      ] as const) {
        if (cleared.length === 0) continue;
        const name = context.newUserName();
        const id = await context.createUser(sampleValues(name, context.published.attributes), name);
        await context.patch('/Users', id, ...cleared.map(({ path }) => ({ op: 'replace', path, value })));
        context.requireEmpty(await context.read('/Users', id), cleared);
      }
    },
  },
  {
    ...direct,
    name: 'Direct_User_Create',
    sends: 'A POST of a user with every published attribute.',
    requires: '200 or 201, with every value in the response as sent.',
    run: async (context: CheckContext): Promise<void> => {
      const userName = context.newUserName();
      const values = sampleValues(userName, context.published.attributes);
      const created = await context.create('/Users', toActiveUserBody(userName, values), [200, 201]);
      context.requireValues(created, { userName, ...values });
    },
  },
  {
    ...direct,
    name: 'Direct_User_Update',
    sends: 'A PATCH that replaces every attribute without a filter in its path, each by its path.',
    requires: '200 or 204; every value is changed.',
    run: async (context: CheckContext): Promise<void> => {
      const name = context.newUserName();
      const id = await context.createUser(sampleValues(name, context.published.required), name);
      const plain = context.published.changeable.filter(({ path }) => !path.includes('['));
      const values = sampleValues(name, plain, true);
      await context.patch(
        '/Users',
        id,
        ...Object.entries(values).map(([path, value]) => ({ op: 'replace', path, value })),
      );
      context.requireValues(await context.read('/Users', id), values);
    },
  },
  {
    ...direct,
    name: 'Direct_Group_Create',
    sends: 'A POST of a group.',
    requires: '200 or 201, with the displayName in the response as sent.',
    run: async (context: CheckContext): Promise<void> => {
      const displayName = context.newGroupName();
      const created = await context.create('/Groups', toGroupBody({ displayName }), [200, 201]);
      context.requireValues(created, { displayName });
    },
  },
  {
    ...direct,
    name: 'Direct_Group_Update',
    sends: 'A PATCH that replaces displayName.',
    requires: '200 or 204; the displayName is changed.',
    run: async (context: CheckContext): Promise<void> => {
      const displayName = context.newGroupName();
      const id = await context.createGroup();
      await context.patch('/Groups', id, { op: 'replace', path: 'displayName', value: displayName });
      context.requireValues(await context.read('/Groups', id), { displayName });
    },
  },
  {
    ...direct,
    name: 'Validate_Credentials',
    sends:
      'A form with grant_type=client_credentials to the token endpoint, with the secret in the header, or in the body ' +
      'if that is refused; then a search for a user with the new token.',
    requires:
      'JSON with an access_token, token_type Bearer, and expires_in from 3600 to 21600 seconds (60 to 360 minutes); ' +
      '200 for the search.',
    run: async ({ connection }: CheckContext): Promise<void> => {
      if (!connection.credentials) {
        throw new NotApplicable('requires a token endpoint: --token-url, --client-id and --client-secret');
      }
      await requireCredentials(connection, connection.credentials);
    },
  },
  {
    ...direct,
    name: 'Federated_Identity',
    sends: 'Nothing. The template sends an assertion of Entra to the token endpoint (RFC 7523).',
    requires: 'A token. The gallery requires either this test or Validate_Credentials to pass.',
    run: async (): Promise<void> => {
      throw new NotApplicable('requires an assertion that only Entra can sign');
    },
  },
  {
    ...direct,
    name: 'User_Pagination',
    sends: `GET /Users with startIndex 1, 6 and 11 and count ${PAGE_SIZE}, with at least ${MIN_LISTED} users present.`,
    requires: 'Each page states the requested startIndex, and no user is on two pages.',
    run: (context) => requirePages(context, '/Users', () => context.createUser()),
  },
  {
    ...direct,
    name: 'Group_Pagination',
    sends: `GET /Groups with startIndex 1, 6 and 11 and count ${PAGE_SIZE}, with at least ${MIN_LISTED} groups present.`,
    requires: 'Each page states the requested startIndex, and no group is on two pages.',
    optional: true,
    run: (context) => requirePages(context, '/Groups', () => context.createGroup()),
  },
  {
    ...direct,
    name: 'Update_Manager',
    sends: `A PATCH that adds ${ENTERPRISE_URN}:manager as an object, one that replaces it, and one that replaces it with an empty value.`,
    requires: '200 or 204 for each; the manager is the first one, then the second, then none.',
    run: (context) => requireManager(context, 'lower', (value) => ({ value })),
  },
];

/** Requests the pages of a list, after creating as many resources as needed. */
async function requirePages(
  context: CheckContext,
  collection: Collection,
  create: () => Promise<string>,
): Promise<void> {
  const total = async () => Number((await context.list(collection, { startIndex: 1, count: 1 }))['totalResults']);
  for (let missing = MIN_LISTED - (await total()); missing > 0; missing--) await create();
  const seen = new Set<string>();
  for (let startIndex = 1; startIndex <= MIN_LISTED; startIndex += PAGE_SIZE) {
    const list = await context.list(collection, { startIndex, count: PAGE_SIZE });
    const page = toList(list['Resources']).filter(isObject);
    context.require(list['startIndex'] === startIndex, `startIndex is ${show(list['startIndex'])}`);
    context.require(page.length > 0 && page.length <= PAGE_SIZE, `a page of ${PAGE_SIZE} contains ${page.length}`);
    for (const one of page) {
      const id = toText(one['id']);
      context.require(!seen.has(id), `${id} is on two pages`);
      seen.add(id);
    }
  }
}
