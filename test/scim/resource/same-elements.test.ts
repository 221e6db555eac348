import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { importSchemas } from '../../../src/domain/schema-registry/resource-type-commands.js';
import { registerSchema } from '../../../src/domain/schema-registry/schema-commands.js';
import { queryGraphQL, type GraphQLConnection } from '../../support/graphql-client.js';
import { ScimClient, type Wire } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/server.js';

const KIT = 'urn:example:scim:kit:2.0:User';
const DEVICE = 'urn:example:scim:device:2.0:Device';
const PORTS = {
  name: 'ports',
  type: 'complex',
  multiValued: true,
  subAttributes: [{ name: 'value' }, { name: 'type' }, { name: 'speed' }],
};

const USB = { value: 'a', type: 'usb' };
/** The same element twice, with another one between them. */
const SENT = [{ ...USB, speed: '1' }, { value: 'b' }, { ...USB, speed: '2' }];
const KEPT = [{ ...USB, speed: '2' }, { value: 'b' }];

const EMAIL = { value: 'a@fabrikam.example', type: 'work' };
const EMAILS = [{ ...EMAIL, primary: true }, { value: 'b@fabrikam.example' }, { ...EMAIL, display: 'A' }];
const KEPT_EMAILS = [{ ...EMAIL, primary: true, display: 'A' }, { value: 'b@fabrikam.example' }];

let server: TestServer;
let scim: ScimClient;
let graph: GraphQLConnection;
let people = 0;

beforeAll(async () => {
  server = await startTestServer();
  const { id, scimUrl, scimToken, graphqlToken } = await server.createDirectory();
  scim = new ScimClient(scimUrl, scimToken);
  graph = { url: server.url, token: graphqlToken };
  await registerSchema(server.store, id, { schema: { id: KIT, attributes: [PORTS] } });
  const type = { name: 'Device', endpoint: '/Devices', schema: DEVICE };
  await importSchemas(server.store, id, [{ schema: { id: DEVICE, attributes: [PORTS] } }], [type]);
});
afterAll(() => server.stop());

const newName = (): string => `person-${++people}@fabrikam.example`;
const shown = ({ emails, [KIT]: kit }: Wire) => [emails, kit.ports];

describe('elements of the same type and value in one list (RFC 7643 §2.4)', () => {
  test('are merged in SCIM, by POST, PUT and PATCH', async () => {
    const userName = newName();
    const attributes = { emails: EMAILS, [KIT]: { ports: SENT } };
    const created = await scim.post('/Users', { userName, ...attributes });
    expect([created.status, shown(created.body)]).toEqual([201, [KEPT_EMAILS, KEPT]]);
    const path = `/Users/${created.body.id}`;
    // Sending the same elements again changes nothing.
    const put = await scim.put(path, { userName, ...attributes });
    expect([put.status, put.body]).toEqual([200, created.body]);
    const { body: other } = await scim.post('/Users', { userName: newName() });
    const patched = await scim.patch(
      `/Users/${other.id}`,
      { op: 'replace', path: 'emails', value: EMAILS },
      { op: 'add', path: `${KIT}:ports`, value: SENT },
    );
    expect(shown(patched.body)).toEqual([KEPT_EMAILS, KEPT]);
  });

  test('are merged in a resource of a custom type', async () => {
    const created = await scim.post('/Devices', { ports: SENT });
    expect([created.status, created.body.ports]).toEqual([201, KEPT]);
    const put = await scim.put(`/Devices/${created.body.id}`, { ports: SENT });
    expect([put.status, put.body]).toEqual([200, created.body]);
  });

  test('are merged in GraphQL', async () => {
    const fields = 'user { id emails { value type display primary } extensions } errors { code }';
    const create = `mutation ($input: CreateUserInput!) { change: createUser(input: $input) { ${fields} } }`;
    const update = `mutation ($input: UpdateUserInput!) { change: updateUser(input: $input) { ${fields} } }`;
    const lists = { emails: EMAILS, extensions: { [KIT]: { ports: SENT } } };
    const none = { display: null, primary: null, type: null };
    const expected = {
      emails: KEPT_EMAILS.map((email) => ({ ...none, ...email })),
      extensions: { [KIT]: { ports: KEPT } },
    };
    const { change: made } = await queryGraphQL(graph, create, { input: { userName: newName(), ...lists } });
    expect(made).toMatchObject({ errors: [], user: expected });
    const { change: empty } = await queryGraphQL(graph, create, { input: { userName: newName() } });
    const { change: changed } = await queryGraphQL(graph, update, { input: { id: empty.user.id, ...lists } });
    expect(changed).toMatchObject({ errors: [], user: expected });
  });

  test('that are both primary are merged; two different primary elements are rejected', async () => {
    const primary = { ...EMAIL, primary: true };
    const one = await scim.post('/Users', { userName: newName(), emails: [primary, primary] });
    expect([one.status, one.body.emails]).toEqual([201, [primary]]);
    const two = await scim.post('/Users', { userName: newName(), emails: [primary, { ...primary, type: 'home' }] });
    expect([two.status, two.body.scimType]).toEqual([400, 'invalidValue']);
  });
});
