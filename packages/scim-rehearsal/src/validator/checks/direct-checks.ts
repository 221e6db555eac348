import { ENTERPRISE_URN, GROUP_URN, USER_URN } from '../../client/attribute-path.js';
import type { Collection } from '../../simulator/session/expected-state.js';
import { isObject, toList, toText } from '../../client/json.js';
import { TEMPLATE_PAGE, type Check } from '../context/check.js';
import { requireCredentials } from '../context/client-credentials.js';
import { NotApplicable } from '../context/check-failed.js';
import { requireManager } from './manager-phases.js';
import { sampleValues, toGroupBody, toUserBody } from '../context/sample-values.js';
import { faultOfSchema } from './schema-form.js';
import { show, type CheckContext } from '../context/check-context.js';

const direct = { suite: 'Template: SCIM', source: TEMPLATE_PAGE } as const;

/** The least number of objects that the tests of paging want, and the size of a page. */
const LISTED = 11;
const PAGE = 5;

/** The tests that the template sends by itself. */
export const DIRECT_CHECKS: readonly Check[] = [
  {
    ...direct,
    name: 'Schema_Discoverability',
    sends: 'A GET of /Schemas.',
    requires:
      'A ListResponse with the schemas of users and groups; type, mutability, returned and uniqueness letter by letter ' +
      'as in RFC 7643 §7; what has no value is left out rather than null.',
    run: async (context: CheckContext): Promise<void> => {
      const schemas = toList((await context.list('/Schemas'))['Resources']).filter(isObject);
      for (const urn of [USER_URN, GROUP_URN]) {
        context.require(
          schemas.some((one) => one['id'] === urn),
          `${urn} is not published`,
        );
      }
      for (const schema of schemas) {
        const fault = faultOfSchema(schema);
        context.require(fault === undefined, fault ?? '');
      }
    },
  },
  {
    ...direct,
    name: 'Null_Update',
    sends: 'A PATCH of optional texts with empty strings; of another user, of every optional attribute with null.',
    requires: '200 or 204 each; every attribute is then absent, null or empty.',
    run: async (context: CheckContext): Promise<void> => {
      const { optional } = context.published;
      if (optional.length === 0) throw new NotApplicable('no optional attribute is published');
      const texts = optional.filter(({ type }) => type === 'string');
      for (const [value, emptied] of [
        ['', texts],
        [null, optional],
      ] as const) {
        if (emptied.length === 0) continue;
        const name = context.newName();
        const id = await context.createUser(sampleValues(name, context.published.attributes), name);
        await context.patch('/Users', id, ...emptied.map(({ path }) => ({ op: 'replace', path, value })));
        context.requireEmpty(await context.read('/Users', id), emptied);
      }
    },
  },
  {
    ...direct,
    name: 'Direct_User_Create',
    sends: 'A POST of a user with every published attribute.',
    requires: '200 or 201, and every value in the answer as it was sent.',
    run: async (context: CheckContext): Promise<void> => {
      const userName = context.newName();
      const values = sampleValues(userName, context.published.attributes);
      const created = await context.create('/Users', toUserBody(userName, values), [200, 201]);
      context.requireValues(created, { userName, ...values });
    },
  },
  {
    ...direct,
    name: 'Direct_User_Update',
    sends: 'A PATCH of every plain attribute, each with its path.',
    requires: '200 or 204; every value is the new one.',
    run: async (context: CheckContext): Promise<void> => {
      const name = context.newName();
      const id = await context.createUser(sampleValues(name, context.published.needed), name);
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
    requires: '200 or 201, and the displayName in the answer as it was sent.',
    run: async (context: CheckContext): Promise<void> => {
      const displayName = context.newGroupName();
      const created = await context.create('/Groups', toGroupBody(displayName), [200, 201]);
      context.requireValues(created, { displayName });
    },
  },
  {
    ...direct,
    name: 'Direct_Group_Update',
    sends: 'A PATCH of displayName.',
    requires: '200 or 204; the displayName is the new one.',
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
      'A form with grant_type=client_credentials to the token endpoint, the secret in the header, and in the body where ' +
      'that is refused; then a look-up of a user with the new token.',
    requires:
      'JSON with an access_token, the token_type Bearer, and expires_in from 3600 to 21600 seconds (60 to 360 minutes); ' +
      '200 to the look-up.',
    run: async ({ connection }: CheckContext): Promise<void> => {
      if (!connection.credentials) {
        throw new NotApplicable('needs a token endpoint: --token-url, --client-id and --client-secret');
      }
      await requireCredentials(connection, connection.credentials);
    },
  },
  {
    ...direct,
    name: 'Federated_Identity',
    sends: 'Nothing: the template presents an assertion of Entra to the token endpoint (RFC 7523).',
    requires: 'A token in exchange. In the gallery either this or Validate_Credentials must pass.',
    run: async (): Promise<void> => {
      throw new NotApplicable('needs an assertion that only Entra can sign');
    },
  },
  {
    ...direct,
    name: 'User_Pagination',
    sends: `GETs of /Users with startIndex 1, 6, 11 and count ${PAGE}, at least ${LISTED} users being there.`,
    requires: 'Each page says the startIndex that was asked for, and no user is on two pages.',
    run: (context) => requirePages(context, '/Users', () => context.createUser()),
  },
  {
    ...direct,
    name: 'Group_Pagination',
    sends: `GETs of /Groups with startIndex 1, 6, 11 and count ${PAGE}, at least ${LISTED} groups being there.`,
    requires: 'Each page says the startIndex that was asked for, and no group is on two pages.',
    optional: true,
    run: (context) => requirePages(context, '/Groups', () => context.createGroup()),
  },
  {
    ...direct,
    name: 'Update_Manager',
    sends: `PATCHes of ${ENTERPRISE_URN}:manager with an object: added, replaced, replaced by an empty value.`,
    requires: '200 or 204 each; the manager is the one set, then the other, then none.',
    run: (context) => requireManager(context, 'lower', (value) => ({ value })),
  },
];

/** Pages through what is there, after making as many as there must be. */
async function requirePages(
  context: CheckContext,
  collection: Collection,
  create: () => Promise<string>,
): Promise<void> {
  const total = async () => Number((await context.list(collection, { startIndex: 1, count: 1 }))['totalResults']);
  for (let missing = LISTED - (await total()); missing > 0; missing--) await create();
  const seen = new Set<string>();
  for (let startIndex = 1; startIndex <= LISTED; startIndex += PAGE) {
    const list = await context.list(collection, { startIndex, count: PAGE });
    const page = toList(list['Resources']).filter(isObject);
    context.require(list['startIndex'] === startIndex, `startIndex is ${show(list['startIndex'])}`);
    context.require(page.length > 0 && page.length <= PAGE, `a page of ${PAGE} holds ${page.length}`);
    for (const one of page) {
      const id = toText(one['id']);
      context.require(!seen.has(id), `${id} is on two pages`);
      seen.add(id);
    }
  }
}
