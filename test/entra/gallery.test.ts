import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/domain/kernel/json.js';
import { registerSchemas } from '../../src/domain/schema-registry/schema-commands.js';
import { EntraClient, valueAt, type Dialect, type Values } from '../support/entra-client.js';
import { ScimClient, type ScimAnswer, type Wire } from '../support/scim-client.js';
import { startTestServer, type TestDirectory, type TestServer } from '../support/server.js';

/** A row of the mapping table in the tutorial of an application. */
interface Row {
  readonly path: string;
  readonly type: 'String' | 'Boolean' | 'Reference' | 'Number' | 'Array';
  readonly filter: boolean | null;
}

interface App {
  readonly app: string;
  readonly users: readonly Row[] | null;
  readonly groups: readonly Row[] | null;
}

const { apps } = JSON.parse(readFileSync(new URL('./gallery/mappings.json', import.meta.url), 'utf8')) as {
  readonly apps: readonly App[];
};

const ENTERPRISE_URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const MANAGER = `${ENTERPRISE_URN}:manager`;

/** The expected result for a path that no schema defines, or not in this form. */
interface NonstandardRow {
  readonly app: string;
  readonly path: string;
  /** The body of the POST, apart from userName. */
  readonly body: JsonObject;
  /** The attributes that are stored. */
  readonly kept: JsonObject;
  /** The value of a PATCH at the path. */
  readonly value: string | number;
  /** The attributes after the PATCH, or the scimType of its 400. */
  readonly patched: JsonObject | string;
}

/** The rows of the gallery that differ from the declarations of RFC 7643, with the expected results. */
const NONSTANDARD_ROWS: readonly NonstandardRow[] = [
  // Unknown names: a POST ignores them, as RFC 7644 §3.3 allows; a PATCH must not pretend to succeed.
  {
    app: 'Visa Spend Clarity for Enterprise',
    path: 'givenName',
    body: { givenName: 'Kim' },
    kept: {},
    value: 'Kim',
    patched: 'invalidPath',
  },
  {
    app: 'Visa Spend Clarity for Enterprise',
    path: 'surname',
    body: { surname: 'Moss' },
    kept: {},
    value: 'Moss',
    patched: 'invalidPath',
  },
  {
    app: 'Zscaler (primaryEmail listing)',
    path: 'primaryEmail',
    body: { primaryEmail: 'kim@fabrikam.example' },
    kept: {},
    value: 'kim@fabrikam.example',
    patched: 'invalidPath',
  },
  {
    app: 'Medius',
    path: 'name.displayName',
    body: { name: { displayName: 'Kim Moss', givenName: 'Kim' } },
    kept: { name: { givenName: 'Kim' } },
    value: 'Kim Moss',
    patched: 'invalidPath',
  },
  {
    app: 'Genesys Cloud for Azure',
    path: 'phoneNumberss[type eq "work3"].value',
    body: { phoneNumberss: [{ type: 'work3', value: '1' }] },
    kept: {},
    value: '1',
    patched: 'invalidPath',
  },
  // An enterprise attribute without its URN is written to the extension. It is text there, not a number.
  {
    app: 'Visa Spend Clarity for Enterprise',
    path: 'employeeNumber',
    body: { employeeNumber: '31' },
    kept: { [ENTERPRISE_URN]: { employeeNumber: '31' } },
    value: '32',
    patched: { [ENTERPRISE_URN]: { employeeNumber: '32' } },
  },
  {
    app: 'Visa Spend Clarity for Enterprise',
    path: 'employeeNumber',
    body: { employeeNumber: '31' },
    kept: { [ENTERPRISE_URN]: { employeeNumber: '31' } },
    value: 32,
    patched: 'invalidValue',
  },
  // Names are case-insensitive (RFC 7643 §2.1) and returned in the declared spelling.
  {
    app: 'Verizon',
    path: 'displayname',
    body: { displayname: 'Kim' },
    kept: { displayName: 'Kim' },
    value: 'Moss',
    patched: { displayName: 'Moss' },
  },
  // Text for a list of objects is the value of its only element.
  ...['Genesys Cloud for Azure', 'monday.com'].map((app) => ({
    app,
    path: 'roles',
    body: { roles: 'Admin' },
    kept: { roles: [{ value: 'Admin' }] },
    value: 'Owner',
    patched: { roles: [{ value: 'Owner' }] },
  })),
  {
    app: 'Visa Spend Clarity for Enterprise',
    path: 'emails',
    body: { emails: 'kim@fabrikam.example' },
    kept: { emails: [{ value: 'kim@fabrikam.example' }] },
    value: 'moss@fabrikam.example',
    patched: { emails: [{ value: 'moss@fabrikam.example' }] },
  },
];

const isNonstandard = ({ app }: App, { path }: Row): boolean =>
  NONSTANDARD_ROWS.some((row) => row.app === app && row.path === path);

/** Returns the URN and name of a custom attribute; undefined for attributes of the RFC. */
function customName(path: string): [urn: string, name: string] | undefined {
  const colon = path.lastIndexOf(':');
  const urn = path.slice(0, colon);
  return colon < 0 || urn === ENTERPRISE_URN ? undefined : [urn, path.slice(colon + 1)];
}

/** Returns the Schema resources that an administrator would import, with only the attributes of the tables. */
function toSchemas({ users, groups }: App): Array<{ schema: JsonObject; resourceType: string }> {
  return [
    { rows: users ?? [], resourceType: 'User' },
    { rows: groups ?? [], resourceType: 'Group' },
  ].flatMap(({ rows, resourceType }) => {
    const attributes = new Map<string, JsonObject[]>();
    for (const { path, type } of rows) {
      const [urn, name] = customName(path) ?? [];
      if (urn === undefined || name === undefined) continue;
      const declared = { name, type: type === 'Boolean' ? 'boolean' : 'string', multiValued: type === 'Array' };
      attributes.set(urn, [...(attributes.get(urn) ?? []), declared]);
    }
    return [...attributes].map(([id, list]) => ({ schema: { id, attributes: list }, resourceType }));
  });
}

/** Returns a value for each row that Entra writes as a value. It depends on the revision, and servers might normalize it. */
function toValues(app: App, rows: readonly Row[], owner: string, revision: number): Values {
  const plain = rows.filter((row) => row.path !== MANAGER && row.path !== 'members' && row.path !== 'active');
  return Object.fromEntries(
    plain
      .filter((row) => row.type !== 'Array' && !isNonstandard(app, row))
      .map(({ path, type }) => [
        path,
        type === 'Boolean' ? revision % 2 === 1 : `${owner} ${path.slice(-30)} "Ä\\ ${revision}`,
      ]),
  );
}

function expectValues(resource: Wire, values: Values): void {
  const found = Object.fromEntries(Object.keys(values).map((path) => [path, valueAt(resource, path)]));
  expect(found).toEqual(values);
}

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function directoryOf(app: App): Promise<TestDirectory> {
  const directory = await server.createDirectory();
  await registerSchemas(server.store, directory.id, toSchemas(app));
  return directory;
}

test('the gallery has 72 applications, which contain all nonstandard rows', () => {
  expect(apps).toHaveLength(72);
  for (const { app, path } of NONSTANDARD_ROWS) {
    expect(apps.find((one) => one.app === app)?.users).toEqual(
      expect.arrayContaining([expect.objectContaining({ path })]),
    );
  }
});

describe.each(apps.map((app) => [app.app, app] as const))('%s', (_name, app) => {
  const users = app.users ?? [];
  const groups = app.groups ?? [];

  test('provisions users and groups with every mapped attribute, in both dialects', async () => {
    const directory = await directoryOf(app);
    const mapping = { product: app.app, users: [], groups: [] };
    for (const dialect of ['default', 'aadOptscim062020'] as const satisfies readonly Dialect[]) {
      const entra = new EntraClient(mapping, dialect, directory.scimUrl, directory.scimToken);
      await entra.testConnection();
      const manager = await entra.createUser({ userName: `manager ${dialect}` });
      const id = await provisionUser(entra, dialect);
      if (users.some(({ path }) => path === MANAGER)) await provisionManager(entra, id, manager.id);
      await provisionLists(directory, id, dialect);
      if (groups.length > 0) await provisionGroup(entra, dialect, id);
      await entra.disableUser(id);
      expect((await entra.readUser(id)).active).toBe(false);
      await entra.enableUser(id);
      expect((await entra.readUser(id)).active).toBe(true);
      await entra.deleteUser(id);
      expect(await entra.userExists(id)).toBe(false);
    }
  });

  async function provisionUser(entra: EntraClient, dialect: Dialect): Promise<string> {
    // Two tables are truncated or a picture and have no userName, which a user requires.
    const values = (revision: number): Values => ({
      userName: `${dialect} ${revision}`,
      ...toValues(app, users, dialect, revision),
    });
    const created = await entra.createUser(values(1));
    const id = created.id as string;
    expectValues(created, values(1));
    expectValues(await entra.readUser(id), values(1));
    for (const { path, filter } of users) {
      const value = values(1)[path];
      if (value === undefined || (filter !== true && !customName(path)) || typeof value === 'boolean') continue;
      expect({ path, id: (await entra.matchUser(path, value))?.id }).toEqual({ path, id });
    }
    for (const [path, value] of Object.entries(values(2))) {
      await entra.changeUser(id, { [path]: value });
    }
    expectValues(await entra.readUser(id), values(2));
    await entra.changeUser(id, values(3));
    expectValues(await entra.readUser(id), values(3));
    return id;
  }

  async function provisionManager(entra: EntraClient, id: string, managerId: string): Promise<void> {
    await entra.setManager(id, managerId, 'string');
    expect(await entra.hasManager(id, managerId)).toBe(true);
    expect((await entra.readUser(id))[ENTERPRISE_URN].manager.value).toBe(managerId);
  }

  /** Adds to lists of texts: Entra sends the elements as objects in a PATCH, and never replaces a list. */
  async function provisionLists(directory: TestDirectory, id: string, dialect: Dialect): Promise<void> {
    const client = new ScimClient(directory.scimUrl, directory.scimToken);
    for (const { path } of users.filter(({ type }) => type === 'Array')) {
      const op = dialect === 'default' ? 'Add' : 'add';
      await client.patch(`/Users/${id}`, { op, path, value: [{ value: 'a' }] });
      await client.patch(`/Users/${id}`, { op, path, value: [{ value: 'b' }] });
      const { body } = await client.get('/Users', { filter: `${path} eq "B"` });
      expect(valueAt(body.Resources[0], path)).toEqual(['a', 'b']);
    }
  }

  async function provisionGroup(entra: EntraClient, dialect: Dialect, memberId: string): Promise<void> {
    const values = (revision: number): Values => toValues(app, groups, dialect, revision);
    const created = await entra.createGroup(values(1));
    expectValues(created, values(1));
    expect((await entra.matchGroup(String(values(1)['displayName']))).id).toBe(created.id);
    await entra.changeGroup(created.id, values(2));
    expectValues(await entra.readGroup(created.id), values(2));
    if (groups.some(({ path }) => path === 'members')) {
      await entra.addMembers(created.id, [memberId]);
      expect(await entra.isMember(created.id, memberId)).toBe(true);
      await entra.removeMembers(created.id, [memberId]);
      expect(await entra.isMember(created.id, memberId)).toBe(false);
    }
    await entra.deleteGroup(created.id);
    expect(await entra.groupExists(created.id)).toBe(false);
  }
});

describe('a nonstandard row', () => {
  test.each(NONSTANDARD_ROWS.map((row) => [`${row.path} of ${row.app}, ${JSON.stringify(row.value)}`, row] as const))(
    '%s',
    async (_name, { app: name, path, body, kept, value, patched }) => {
      const directory = await directoryOf(apps.find(({ app }) => app === name)!);
      const client = new ScimClient(directory.scimUrl, directory.scimToken);
      const created = await client.post('/Users', { userName: 'kim', ...body });
      expect([created.status, attributesOf(created)]).toEqual([201, { userName: 'kim', active: true, ...kept }]);
      const answers = [
        await client.patch(`/Users/${created.body.id}`, { op: 'Replace', path, value }),
        await client.patch(`/Users/${created.body.id}`, { op: 'replace', value: { [path]: value } }),
      ];
      for (const answer of answers) {
        if (typeof patched === 'string') expect([answer.status, answer.body.scimType]).toEqual([400, patched]);
        else
          expect([answer.status, attributesOf(answer)]).toEqual([200, { userName: 'kim', active: true, ...patched }]);
      }
    },
  );
});

function attributesOf({ body }: ScimAnswer): JsonObject {
  const { schemas: _schemas, id: _id, meta: _meta, ...attributes } = body as Readonly<Record<string, Wire>>;
  return attributes;
}
